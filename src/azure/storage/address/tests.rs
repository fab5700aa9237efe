//! Source texts and the addresses that they stand for.

use crate::azure::cloud::Cloud;
use crate::azure::storage::address::{
    Address, Allowed, Host, StandIn, decoded_path, is_one, without_sas,
};

const SAS: &str = "sv=2021-12-02&se=2026-12-01T00:00:00Z&sr=c&sp=rl&sig=c2lnbmF0dXJl%2Bx%3D";

fn read(source: &str, cloud: Cloud) -> Result<Address, String> {
    let own_ca = true;
    Address::read(source, Allowed { cloud, own_ca })
}

#[test]
fn every_form_leads_to_its_container_and_path() {
    let public = "https://costacct.blob.core.windows.net/exports";
    let cases = [
        (
            "az://costacct/exports/cost/daily",
            public,
            "cost/daily",
            "az://costacct/exports",
        ),
        ("az://costacct/exports", public, "", "az://costacct/exports"),
        (
            "az://costacct/exports/",
            public,
            "",
            "az://costacct/exports",
        ),
        (
            "az://costacct.blob.core.windows.net/exports/cost/",
            public,
            "cost",
            "az://costacct.blob.core.windows.net/exports",
        ),
        (
            "az://exports@costacct/cost",
            public,
            "cost",
            "az://exports@costacct",
        ),
        (
            "az://exports@costacct.blob.core.windows.net/cost",
            public,
            "cost",
            "az://exports@costacct.blob.core.windows.net",
        ),
        (
            "abfss://exports@costacct.dfs.core.windows.net/cost/a b+c%20d.csv",
            public,
            "cost/a b+c%20d.csv",
            "abfss://exports@costacct.dfs.core.windows.net",
        ),
        (
            "ABFS://exports@CostAcct.dfs.core.windows.net",
            public,
            "",
            "ABFS://exports@CostAcct.dfs.core.windows.net",
        ),
        (
            "wasbs://exports@costacct.blob.core.windows.net/cost/a b.csv",
            public,
            "cost/a b.csv",
            "wasbs://exports@costacct.blob.core.windows.net",
        ),
        (
            "https://costacct.blob.core.windows.net/exports/a%20b/%C3%BC+x.csv",
            public,
            "a b/ü+x.csv",
            "https://costacct.blob.core.windows.net/exports",
        ),
        (
            "https://costacct.dfs.core.windows.net/exports/cost",
            public,
            "cost",
            "https://costacct.dfs.core.windows.net/exports",
        ),
        (
            "https://costacct.z07.blob.storage.azure.net/exports/cost",
            "https://costacct.z07.blob.storage.azure.net/exports",
            "cost",
            "https://costacct.z07.blob.storage.azure.net/exports",
        ),
        (
            "http://127.0.0.1:10000/costacct/exports/cost",
            "http://127.0.0.1:10000/costacct/exports",
            "cost",
            "http://127.0.0.1:10000/costacct/exports",
        ),
        (
            "https://localhost:10443/costacct/exports",
            "https://localhost:10443/costacct/exports",
            "",
            "https://localhost:10443/costacct/exports",
        ),
    ];
    for (source, url, path, root) in cases {
        let plain = read(source, Cloud::Public).unwrap();
        assert_eq!(plain.container_url().as_str(), url, "{source}");
        assert_eq!(
            (plain.path.as_str(), plain.root.as_str()),
            (path, root),
            "{source}"
        );
        assert_eq!(
            (plain.account.as_str(), plain.container.as_str()),
            ("costacct", "exports")
        );
        assert!(plain.sas.is_none());
        let is_own = url == public;
        let home = if is_own { "az://costacct/exports" } else { url };
        assert_eq!(plain.home, home, "{source}");
        let signed = read(&format!("{source}?{SAS}"), Cloud::Public).unwrap();
        assert!(signed.sas.is_some(), "{source}");
        assert_eq!(signed.shown, source.trim_end_matches('/'));
        assert!(
            !format!("{signed:?}").contains("c2lnbmF0dXJl"),
            "{signed:?}"
        );
        assert_eq!(without_sas(&format!("{source}?{SAS}")).0, source);
    }
    let other = read("az://costacct/exports", Cloud::UsGov).unwrap();
    assert_eq!(
        other.container_url().as_str(),
        "https://costacct.blob.core.usgovcloudapi.net/exports"
    );
}

#[test]
fn names_of_blobs_are_encoded_once() {
    let address = read("az://costacct/exports/cost", Cloud::Public).unwrap();
    let url = address.blob_url("cost/a+b %20 ü&x?#.csv").unwrap();
    assert_eq!(
        url.as_str(),
        "https://costacct.blob.core.windows.net/exports/cost/a+b%20%2520%20%C3%BC&x%3F%23.csv"
    );
    assert!(address.blob_url("cost/../secret.csv").is_err());
    assert_eq!(
        address.source_of("cost/a.csv"),
        "az://costacct/exports/cost/a.csv"
    );
}

#[test]
fn a_blob_as_a_source_is_read_as_the_same_blob() {
    let places = [
        "az://costacct/exports/cost",
        "abfss://exports@costacct.dfs.core.windows.net/cost",
        "https://costacct.blob.core.windows.net/exports/cost",
    ];
    for place in places {
        let address = read(place, Cloud::Public).unwrap();
        for name in ["cost/a b.csv", "cost/100%25 a?b#c.csv", "cost/+&ü.csv"] {
            let source = address.source_of(name);
            let blob = read(&source, Cloud::Public).unwrap();
            let path = (&blob.account, &blob.container, blob.path.as_str());
            assert_eq!(
                path,
                (&address.account, &address.container, name),
                "{source}"
            );
        }
    }
}

#[test]
fn wrong_addresses_say_what_to_write_and_never_repeat_a_signature() {
    let cases = [
        ("az://costacct", "the container is missing"),
        ("az://My_Container/exports", "the first name is the account"),
        ("az://costacct/Exports_1/x", "not the name of a container"),
        ("abfss://costacct/exports", "abfss://CONTAINER@ACCOUNT.dfs"),
        ("wasbs://costacct/exports", "wasbs://CONTAINER@ACCOUNT.blob"),
        ("az://costacct/exports/cost?sv=2021-12-02", "single quotes"),
        (
            "https://costacct.blob.core.windows.net/exports?sp=rl",
            "single quotes",
        ),
        (
            "http://costacct.blob.core.windows.net/exports",
            "only for servers on this machine",
        ),
        ("https://example.com/exports", "not a host of blob storage"),
        (
            "https://costacct.blob.core.windows.net.evil.example/exports",
            "not a host of blob storage",
        ),
        (
            "https://user:word@costacct.blob.core.windows.net/exports",
            "user name",
        ),
        (
            "https://costacct.blob.core.windows.net:8443/exports",
            "not a host of blob storage",
        ),
        (
            "https://costacct.blob.core.chinacloudapi.cn/exports",
            "--cloud china",
        ),
        (
            "https://costacct.privatelink.blob.core.windows.net/exports",
            "ordinary name",
        ),
        (
            "https://costacct.blob.core.windows.net/exports?comp=list",
            "nothing but a SAS",
        ),
        (
            "https://costacct.blob.core.windows.net/exports/%FF",
            "percent-encoded",
        ),
        ("az://costacct/exports/a/../b", "`..`"),
        // The suffix of the cloud behind the end of another host.
        (
            "az://evil.example#.blob.core.windows.net/exports",
            "not the name of a host",
        ),
        (
            "az://evil.example?.blob.core.windows.net/exports",
            "not the name of a host",
        ),
        (
            r"az://evil.example\.blob.core.windows.net/exports",
            "not the name of a host",
        ),
        (
            "az://exports@word@costacct.blob.core.windows.net/cost",
            "not the name of a host",
        ),
        (
            "abfss://exports@evil.example#.dfs.core.windows.net/cost",
            "not the name of a host",
        ),
        (
            "abfss://exports@evil.example?.dfs.core.windows.net/cost",
            "not the name of a host",
        ),
        (
            r"abfss://exports@evil.example\.dfs.core.windows.net/cost",
            "not the name of a host",
        ),
        (
            "abfss://exports@word@costacct.dfs.core.windows.net/cost",
            "not the name of a host",
        ),
        (
            r"https://evil.example\.blob.core.windows.net/exports",
            "not the name of a host",
        ),
        (
            "https://evil.example#.blob.core.windows.net/exports",
            "nothing but a SAS",
        ),
        (
            "https://evil.example?.blob.core.windows.net/exports",
            "nothing but a SAS",
        ),
        (
            "https://evil.example%23.z07.blob.storage.azure.net/exports",
            "not a host name",
        ),
        ("az://costacct/exports?sig=two words", "unknown form"),
        ("az://costacct/exports?sp=rl&SIG=two", "unknown form"),
    ];
    for (source, expected) in cases {
        let error = read(source, Cloud::Public).unwrap_err();
        assert!(error.contains(expected), "{source}: {error}");
        assert!(!error.to_lowercase().contains("sig=two"), "{error}");
    }
    let own_ca = false;
    let cloud = Cloud::Public;
    let error = Address::read(
        "https://127.0.0.1/costacct/exports",
        Allowed { cloud, own_ca },
    );
    assert!(error.unwrap_err().contains("--ca-file"));
    for source in ["costs.csv", "-", "sc://host/?table=x", "azure/x", "/az://x"] {
        assert!(!is_one(source), "{source}");
    }
}

#[test]
fn only_texts_that_are_not_encoded_have_another_reading() {
    for (source, expected) in [
        (
            "az://costacct/exports/a%20b",
            Some("az://costacct/exports/a b"),
        ),
        (
            "abfss://c@acct.dfs.core.windows.net/%C3%BC",
            Some("abfss://c@acct.dfs.core.windows.net/ü"),
        ),
        ("az://costacct/exports/100%", None),
        ("az://costacct/exports/a%00b", None),
        ("https://costacct.blob.core.windows.net/exports/a%20b", None),
        ("costs%20a.csv", None),
    ] {
        assert_eq!(decoded_path(source).as_deref(), expected, "{source}");
    }
}

#[test]
fn a_server_on_this_machine_stands_in_for_the_cloud() {
    for (endpoint, is_one) in [
        ("http://127.0.0.1:8080", true),
        ("http://localhost:8080/", true),
        ("https://management.azure.com", false),
        ("http://example.com", false),
    ] {
        assert_eq!(StandIn::read(endpoint).is_some(), is_one, "{endpoint}");
    }
    let server = StandIn::read("http://127.0.0.1:8080").unwrap();
    let address = read("az://costs/exports/daily", Cloud::Public).unwrap();
    let address = address.on(&server);
    assert_eq!(address.host, Host::Loopback);
    assert_eq!(
        address.blob_url("daily/a b.csv").unwrap().as_str(),
        "http://127.0.0.1:8080/costs/exports/daily/a%20b.csv"
    );
    assert_eq!(address.shown, "az://costs/exports/daily");
}
