//! Addresses of Spark Connect servers.

use crate::domain::sql::spark_address::{Reads, SparkSource};

#[test]
fn addresses_are_read_or_refused_with_the_expected_form() {
    let read = |text| SparkSource::read(text);
    let plain = read("sc://localhost/?table=finops.costs").unwrap();
    assert_eq!((plain.port, plain.tls), (15002, false));
    assert_eq!(plain.reads, Reads::Table("finops.costs".to_owned()));
    let far = read("sc://adb-1.azuredatabricks.net:443/;token=abc;x-databricks-cluster-id=1?files=abfss://c@a.dfs.core.windows.net/x.csv,/y%2Cz.csv").unwrap();
    assert!(far.tls && far.token.is_some());
    assert_eq!(
        far.reads,
        Reads::Files(vec![
            "abfss://c@a.dfs.core.windows.net/x.csv".to_owned(),
            "/y,z.csv".to_owned()
        ])
    );
    let shown = far.to_string();
    assert!(!shown.contains("abc"), "{shown}");
    assert_eq!(read(&shown).unwrap().reads, far.reads);
    for (text, told) in [
        ("sc:///?table=x", "the host is missing"),
        ("sc://h:0/?table=x", "port"),
        ("sc://h:99999/?table=x", "port"),
        ("sc://h/", "table= or files= is missing"),
        ("sc://h/?table=", "table= or files= is missing"),
        ("sc://h/?files=", "files= is empty"),
        ("sc://h/?files=/folder", "does not end in"),
        (
            "sc://h/?files=/a.csv,/b.parquet",
            "must be all CSV or all Parquet",
        ),
        ("sc://h/;use_ssl=maybe?table=x", "true or false"),
        ("sc://h/;authorization=x?table=x", "headers such as"),
        ("sc://h/;token?table=x", "NAME=VALUE"),
        (
            "sc://h/;use_ssl=false;token=s3cr3t?table=x",
            "without encryption",
        ),
        ("sc://[::1/?table=x", "bracket"),
        ("sc://h/?table=%zz", "two hexadecimal digits"),
        (
            "sc://user:s3cr3t@h/?table=x",
            "must not contain a user name or password",
        ),
        ("sc://h/x;token=s3cr3t?table=x", "only parameters"),
        (
            "sc://h/?table=a&files=/x.csv",
            "give either table= or files=",
        ),
    ] {
        let error = read(text).unwrap_err();
        assert!(error.contains(told), "{text}: {error}");
        assert!(!error.contains("s3cr3t"), "{error}");
    }
}

#[test]
fn a_token_of_databricks_goes_to_its_hosts_only() {
    let of = |host: &str| {
        let server = SparkSource::read(&format!("sc://{host}/?table=x")).unwrap();
        let variable = |name: &str| (name == "DATABRICKS_TOKEN").then(|| "t".to_owned());
        server.with_token_of(variable).unwrap().token.is_some()
    };
    assert!(of("adb-1.2.azuredatabricks.net"));
    assert!(of("localhost"));
    assert!(!of("spark.example.org"));
    assert!(!of("azuredatabricks.net.example.org"));
}
