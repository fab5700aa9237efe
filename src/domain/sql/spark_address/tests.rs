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
        ("sc://[::1]15003/?table=x", "only a colon and the port"),
        ("sc://[]/?table=x", "the host is missing"),
        ("sc://a b/?table=x", "the host is missing"),
        ("sc://h:/?table=x", "port"),
        ("sc://h/;x y=1?table=x", "headers such as"),
        ("sc://h/;x=%0a?table=x", "headers such as"),
        ("sc://h/;x=%7f?table=x", "headers such as"),
        ("sc://h/?table=%c3", "not UTF-8"),
        ("sc://h/?table=%4", "two hexadecimal digits"),
        ("sc://h/?name=x", "table= or files= is missing"),
        ("sc://h/?files=/a.csv,/b", "`/b` does not end in"),
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

#[test]
fn an_address_is_read_back_as_it_is_shown() {
    for (text, shown) in [
        ("sc://localhost/?table=a", "sc://localhost:15002/?table=a"),
        (
            "SC://LOCALHOST:15002?table= a ",
            "sc://LOCALHOST:15002/?table=a",
        ),
        ("sc://[::1]/?table=a", "sc://[::1]:15002/?table=a"),
        ("sc://[fe80::1]:80/?table=a", "sc://[fe80::1]:80/?table=a"),
        ("sc://h/;use_ssl=true?table=a", "sc://h:15002/?table=a"),
        (
            "sc://h/;use_ssl=False?table=a",
            "sc://h:15002/;use_ssl=false?table=a",
        ),
        (
            "sc://127.0.0.1/;use_ssl=true?table=a",
            "sc://127.0.0.1:15002/;use_ssl=true?table=a",
        ),
        (
            "sc://h/; USER_ID = a%3Bb ;;session_id=1;user_agent=2;grpc_max_message_size=3;token=?table=a",
            "sc://h:15002/;user_id=a%3Bb?table=a",
        ),
        (
            "sc://h/;X-A_b.c=1 2~;y=?table=a",
            "sc://h:15002/;x-a_b.c=1%202~;y=?table=a",
        ),
        (
            "sc://h/?table=`a.b`.c-d%26e_%C3%A4",
            "sc://h:15002/?table=`a.b`.c-d%26e_%C3%A4",
        ),
        (
            "sc://h/?files=/a%20b.CSV, c:/d%2ce.csv.gz,",
            "sc://h:15002/?files=/a%20b.CSV,c:/d%2Ce.csv.gz",
        ),
        ("sc://h/?files=/a.parquet", "sc://h:15002/?files=/a.parquet"),
    ] {
        assert!(SparkSource::is_one(text));
        let read = SparkSource::read(text).unwrap();
        assert_eq!(read.to_string(), shown);
        assert_eq!(SparkSource::read(shown), Ok(read));
    }
    for text in ["http://h/", "sc:/h", "", "sc"] {
        assert!(!SparkSource::is_one(text), "{text}");
    }
}

#[test]
fn data_is_called_by_its_name_and_its_host() {
    for (text, label, place) in [
        ("sc://h/?table=a.b", "a.b on h", "h:15002"),
        (
            "sc://[::1]:9/?files=/x/a.csv,b.csv",
            "a.csv, b.csv on ::1",
            "[::1]:9",
        ),
    ] {
        let server = SparkSource::read(text).unwrap();
        assert_eq!(
            (server.label().as_str(), server.place().as_str()),
            (label, place)
        );
    }
}

#[test]
fn a_token_of_the_environment_is_taken_where_the_address_has_none() {
    let token = |address: &str, variables: &[(&str, &str)]| {
        let variable = |name: &str| {
            let found = variables.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| (*value).to_owned())
        };
        let server = SparkSource::read(address)?.with_token_of(variable)?;
        Ok(server.token.map(|token| token.expose().to_owned()))
    };
    let (ours, theirs) = ("COSTSCOPE_SPARK_TOKEN", "DATABRICKS_TOKEN");
    let (far, own) = (
        "sc://spark.example.org/?table=x",
        "sc://h/;token=own?table=x",
    );
    let named = |host| [(theirs, "their-token"), ("DATABRICKS_HOST", host)];
    for (address, variables, expected) in [
        (own, &[(ours, "our-token")][..], Some("own")),
        (far, &[], None),
        (far, &[(ours, " our-token ")], Some("our-token")),
        (far, &[(ours, " "), (theirs, "their-token")], None),
        (
            far,
            &[(ours, "our-token"), (theirs, "their-token")],
            Some("our-token"),
        ),
        (
            far,
            &named("HTTPS://Spark.Example.org/"),
            Some("their-token"),
        ),
        (far, &named("https://other.example.org"), None),
        (
            "sc://127.0.0.1/?table=x",
            &[(ours, ""), (theirs, "their-token")],
            Some("their-token"),
        ),
    ] {
        let found: Result<_, String> = token(address, variables);
        assert_eq!(
            found.unwrap().as_deref(),
            expected,
            "{address} {variables:?}"
        );
    }
    let plain = "sc://spark.example.org/;use_ssl=false?table=x";
    let refused: Result<_, String> = token(plain, &[(ours, "our-token")]);
    let refused = refused.unwrap_err();
    assert!(refused.contains("without encryption"), "{refused}");
    let loopback = "sc://localhost/;use_ssl=false;token=own?table=x";
    assert_eq!(
        token(loopback, &[]),
        Ok::<_, String>(Some("own".to_owned()))
    );
}
