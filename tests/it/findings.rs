//! Findings: planted ones are found with their exact amounts, proved by their commands, and dismissed.

use crate::support::findings::{findings, list, skipped};
use crate::support::inside::run_inside;
use crate::support::planted_bill::{PLANTED, PlantedBill, planted_bill};
use crate::support::{document, file, program, run, stderr, stdout, without_pseudonyms};
use costscope::cli::args::manual::described;
use costscope::domain::analysis::findings::thresholds::Thresholds;
use costscope::domain::money::Amount;
use serde_json::{Value, json};
use std::path::Path;
use tempfile::TempDir;

/// Kind and cost of each finding.
fn amounts(document: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let pair = |finding: &Value| (text(&finding["kind"]), text(&finding["cost"]));
    list(document).iter().map(pair).collect()
}

fn planted() -> Vec<(String, String)> {
    let owned = |(kind, cost, _): &(&str, &str, &str)| ((*kind).to_owned(), (*cost).to_owned());
    PLANTED.iter().map(owned).collect()
}

/// The answer to the command of a finding.
fn answered(finding: &Value) -> Value {
    let command = finding["command"].as_str().unwrap();
    let line = command.replacen("costscope ", "\"$0\" ", 1) + " --format json";
    let output = std::process::Command::new("sh")
        .args(["-c", &line])
        .arg(program().get_program())
        .output()
        .unwrap();
    assert!(output.status.success(), "{command}: {}", stderr(&output));
    document(&output)
}

fn exact(value: &Value) -> Amount {
    Amount::parse(value.as_str().unwrap()).unwrap().amount
}

fn planted_in(folder: &Path) -> (PlantedBill, Value) {
    let bill = planted_bill(folder);
    let found = findings(folder, &[&bill.now, "--before", &bill.before]);
    (bill, found)
}

#[test]
fn planted_findings_are_found_with_their_exact_amounts() {
    let folder = TempDir::new().unwrap();
    let (bill, found) = planted_in(folder.path());
    assert_eq!(amounts(&found), planted(), "{found:#}");
    for (finding, (_, _, words)) in list(&found).iter().zip(PLANTED) {
        let text = finding["text"].as_str().unwrap();
        assert!(text.contains(words), "{words}: {text}");
        assert_eq!(finding["currency"], "EUR");
        assert_eq!(finding["dismissed"], false);
    }
    assert_eq!(skipped(&found), ["unused"]);
    assert_eq!(
        found["days"],
        json!({"from": "2026-10-01", "to": "2026-10-31"})
    );
    assert_eq!(
        found["before"],
        json!({"from": "2026-09-01", "to": "2026-09-30"})
    );
    assert_eq!((&found["shown"], &found["of"]), (&json!(12), &json!(12)));
    // One source with both months has the same findings in its last one.
    let one = findings(folder.path(), &[&bill.before, &bill.now]);
    assert_eq!(amounts(&one), planted());
    assert_eq!(one["before"], found["before"]);
    let ids = |document: &Value| -> Vec<Value> {
        let all = list(document);
        all.iter().map(|finding| finding["id"].clone()).collect()
    };
    assert_eq!(ids(&one), ids(&found));
    for engine in ["own", "polars"] {
        if cfg!(not(feature = "sql")) && engine == "polars" {
            continue;
        }
        let arguments = [
            bill.now.as_str(),
            "--before",
            &bill.before,
            "--engine",
            engine,
        ];
        assert_eq!(
            amounts(&findings(folder.path(), &arguments)),
            planted(),
            "{engine}"
        );
    }
}

#[test]
fn commands_prove_the_amounts() {
    let folder = TempDir::new().unwrap();
    let (bill, found) = planted_in(folder.path());
    let together = findings(folder.path(), &[&bill.before, &bill.now]);
    for finding in list(&found).iter().chain(&list(&together)) {
        let (answer, cost) = (answered(finding), exact(&finding["cost"]));
        let total = || exact(&answer["totals"][0]["cost"]);
        let groups = answer["groups"].as_array().unwrap();
        match finding["kind"].as_str().unwrap() {
            "jump" => {
                // The day beside the others of its weekday.
                assert_eq!(groups.len(), 5, "{answer}");
                let costs: Vec<Amount> = groups.iter().map(|group| exact(&group["cost"])).collect();
                let (most, least) = (costs.iter().max(), costs.iter().min());
                let jump = most.unwrap().checked_sub(*least.unwrap());
                assert_eq!(jump, Some(cost));
            }
            "price" => {
                let day = |group: &Value| group["keys"][0].as_str().unwrap().to_owned();
                let after = groups
                    .iter()
                    .filter(|group| day(group).as_str() >= "2026-10-14");
                let after: Vec<&Value> = after.collect();
                assert_eq!(after.len(), 18, "{answer}");
                assert!(after.iter().all(|group| group["quantity"] == "24 1 Hour"));
                let more = exact(&after[0]["cost"]).checked_sub(exact(&groups[0]["cost"]));
                let all = (0..18).fold(Amount::ZERO, |sum, _| sum.saturating_add(more.unwrap()));
                assert_eq!(all, cost);
            }
            "gone" => assert_eq!(total().negated(), cost, "{answer}"),
            _ => assert_eq!(total(), cost, "{finding}: {answer}"),
        }
    }
}

#[test]
fn unused_commitments_need_amortized_costs() {
    let folder = TempDir::new().unwrap();
    let bill = planted_bill(folder.path());
    let path = folder.path();
    for arguments in [
        vec![&*bill.now, "--amortized", &bill.amortized],
        vec![&*bill.amortized],
    ] {
        let found = findings(path, &arguments);
        let unused = list(&found).into_iter().find(|f| f["kind"] == "unused");
        let unused = unused.unwrap();
        assert_eq!(
            unused["text"],
            "unused part of reservation web (r-1): 10 EUR"
        );
        assert_eq!(answered(&unused)["totals"][0]["cost"], "10");
        assert!(!skipped(&found).contains(&"unused".to_owned()));
    }
    // FOCUS carries both costs.
    let focus = "BilledCost,EffectiveCost,BillingCurrency,ChargePeriodStart,ChargePeriodEnd,ChargeCategory,ResourceId,ServiceName,SubAccountId,BillingAccountId,CommitmentDiscountId,CommitmentDiscountType,CommitmentDiscountStatus,PublisherName,PricingQuantity\n\
        7,7,EUR,2026-10-01T00:00:00Z,2026-10-02T00:00:00Z,Usage,/s/vm,VM,s1,b1,,,,Microsoft,1\n\
        0,2.5,EUR,2026-10-01T00:00:00Z,2026-10-02T00:00:00Z,Usage,,VM,s1,b1,SP-77,Savings Plan,Unused,Microsoft,1\n\
        0,4,EUR,2026-10-01T00:00:00Z,2026-10-02T00:00:00Z,Usage,/s/vm,VM,s1,b1,SP-77,Savings Plan,Used,Microsoft,1\n";
    let source = file(path, "focus.csv", focus).display().to_string();
    let found = findings(path, &[&source]);
    let unused = list(&found).into_iter().find(|f| f["kind"] == "unused");
    let unused = unused.unwrap();
    assert_eq!(unused["text"], "unused part of savings plan SP-77: 2.5 EUR");
    let bridge = &answered(&unused)["currencies"][0]["bridge"];
    let step = json!({"step": "unused_savings_plan", "cost": "2.5"});
    assert!(bridge.as_array().unwrap().contains(&step), "{bridge}");
}

#[test]
fn missing_month_is_said() {
    let folder = TempDir::new().unwrap();
    let bill = planted_bill(folder.path());
    let found = findings(folder.path(), &[&bill.now]);
    assert_eq!(skipped(&found), ["new", "gone", "unused", "region"]);
    let mut expected = planted();
    expected.retain(|(kind, _)| !["new", "gone", "region"].contains(&kind.as_str()));
    assert_eq!(amounts(&found), expected);
    // Another scope is no month before.
    let text = std::fs::read_to_string(&bill.before).unwrap();
    let other = text.replace("/providers/x/", "/providers/z/");
    let other = file(
        folder.path(),
        "other.csv",
        other.replace("westeurope", "eastus"),
    );
    let other = other.display().to_string();
    let found = findings(folder.path(), &[&bill.now, "--before", &other]);
    assert_eq!(skipped(&found), ["new", "gone", "unused", "region"]);
    let undated = file(folder.path(), "undated.csv", "ResourceGroup,Cost\nrg-a,1\n");
    let undated = undated.display().to_string();
    let refused = run_inside(
        folder.path(),
        &["findings", &bill.now, "--before", &undated],
    );
    assert_eq!(refused.status.code(), Some(1));
    assert!(stderr(&refused).contains("no row of these sources has a date"));
    // Less than four weeks have too few of some weekdays, unless a month before adds to them.
    let text = std::fs::read_to_string(&bill.now).unwrap();
    for end in ["2026-10-15", "2026-10-25"] {
        let kept = text
            .lines()
            .filter(|line| *line < end || line.starts_with("Date"));
        let short: String = kept.map(|line| format!("{line}\n")).collect();
        let short = file(folder.path(), "short.csv", short);
        let short = short.display().to_string();
        let alone = findings(folder.path(), &[&short]);
        assert!(skipped(&alone).contains(&"jump".to_owned()), "{alone}");
        let both = findings(folder.path(), &[&short, "--before", &bill.before]);
        assert!(!skipped(&both).contains(&"jump".to_owned()), "{both}");
    }
}

#[test]
fn dismissed_findings_stay_dismissed() {
    let folder = TempDir::new().unwrap();
    let (bill, found) = planted_in(folder.path());
    let id = list(&found)[7]["id"].as_str().unwrap().to_owned();
    let search = [bill.now.as_str(), "--before", &bill.before];
    let with = |more: &[&str]| findings(folder.path(), &[&search, more].concat());
    let first = with(&["--dismiss", &id]);
    let again = with(&[]);
    for document in [&first, &again] {
        assert_eq!(
            (document["dismissed"].as_u64(), document["of"].as_u64()),
            (Some(1), Some(11))
        );
        assert!(!document["findings"].to_string().contains(&id));
    }
    let all = with(&["--all"]);
    assert_eq!(list(&all)[7]["dismissed"], true);
    assert_eq!(all["of"], 12);
    // More days of the same month are the same finding.
    let more = std::fs::read_to_string(&bill.now)
        .unwrap()
        .replace("2026-10-31", "2026-10-30");
    let grown = file(folder.path(), "grown.csv", more).display().to_string();
    let grown = findings(folder.path(), &[&grown, "--before", &bill.before]);
    assert_eq!(grown["dismissed"], 1);
    let restored = run_inside(folder.path(), &["findings", "--restore", &id]);
    assert!(
        stderr(&restored).contains("restored 1 finding"),
        "{}",
        stderr(&restored)
    );
    assert_eq!(with(&[])["dismissed"], 0);
    // Without sources, an id is only noted.
    let noted = run_inside(folder.path(), &["findings", "--dismiss", &id]);
    assert_eq!(
        (noted.status.code(), stdout(&noted).as_str()),
        (Some(0), "")
    );
    assert_eq!(with(&[])["dismissed"], 1);
    let unreadable = folder.path().join("dismissed.json");
    std::fs::write(&unreadable, "{").unwrap();
    let broken = run_inside(folder.path(), &[&["findings"][..], &search].concat());
    assert_eq!(broken.status.code(), Some(1));
    assert!(stderr(&broken).contains("dismissed.json cannot be read"));
}

#[test]
fn wrong_usage_is_refused_and_dismisses_nothing() {
    let folder = TempDir::new().unwrap();
    let bill = planted_bill(folder.path());
    let now = bill.now.as_str();
    let cases: [(&[&str], i32, &str); 8] = [
        (&["findings"], 2, "required"),
        (
            &["findings", now, "--dismiss", "jump"],
            2,
            "not the id of a finding",
        ),
        (
            &["findings", now, "--dismiss", "jump-0123456789ab"],
            2,
            "these sources have no finding jump-0123456789ab",
        ),
        (&["findings", now, "--tag", "a,,b"], 2, "a key is empty"),
        (&["findings", now, "--filter", "nothing = 1"], 2, "nothing"),
        (
            &["findings", now, "--before", now],
            1,
            "both periods contain the days",
        ),
        (
            &["findings", now, "--amortized", now],
            2,
            "these sources are actual costs",
        ),
        (&["findings", "nowhere.csv"], 1, "nowhere.csv"),
    ];
    for (arguments, code, words) in cases {
        let output = run_inside(folder.path(), arguments);
        let said = stderr(&output);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {said}");
        assert!(said.contains(words), "{said}");
        assert!(output.stdout.is_empty());
    }
    assert!(!folder.path().join("dismissed.json").exists());
}

#[test]
fn every_format_names_findings_and_what_was_not_looked_for() {
    let folder = TempDir::new().unwrap();
    let bill = planted_bill(folder.path());
    let shown = |format| {
        let arguments = ["findings", &bill.now, "--top", "2", "--format", format];
        let output = run_inside(folder.path(), &arguments);
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        (stdout(&output), stderr(&output))
    };
    let csv = shown("csv");
    let lines: Vec<&str> = csv.0.lines().collect();
    assert_eq!(lines[0], "kind,cost,currency,finding,id,command");
    assert!(lines[1].starts_with("one-off,365,EUR,"), "{}", lines[1]);
    assert_eq!(lines.len(), 3);
    let (table, md) = (shown("table").0, shown("md").0);
    for text in [&csv.1, &table, &md] {
        for words in ["2 of 8 shown", "not looked for: new resources, because"] {
            assert!(text.contains(words), "{words}: {text}");
        }
    }
    assert!(md.starts_with("| kind | cost |"), "{md}");
    assert!(
        table.contains("resource group rg-b cost 255.4 EUR"),
        "{table}"
    );
}

#[test]
fn service_jumps_where_no_resource_group_does() {
    let folder = TempDir::new().unwrap();
    let mut text =
        "Date,ResourceGroup,MeterCategory,CostInBillingCurrency,BillingCurrencyCode\n".to_owned();
    for day in 1..=31 {
        let backup = if day == 23 { "3" } else { "1" };
        for group in 1..=5 {
            for (service, cost) in [("Storage", "10"), ("Backup", backup)] {
                text += &format!("2026-10-{day:02},rg-{group},{service},{cost},EUR\n");
            }
        }
    }
    let source = file(folder.path(), "costs.csv", text).display().to_string();
    let found = findings(folder.path(), &[&source]);
    let expected = [("jump".to_owned(), "10".to_owned())];
    assert_eq!(amounts(&found), expected, "{found:#}");
    let jump = &list(&found)[0];
    let text = jump["text"].to_string();
    assert!(text.contains(": service Backup cost 15 EUR;"), "{text}");
    assert_eq!(answered(jump)["totals"][0]["cost"], "35");
    // What the rows do not have is not looked for.
    let expected = [
        "new", "gone", "price", "unused", "untagged", "idle", "region",
    ];
    assert_eq!(skipped(&found), expected);
}

#[test]
fn a_price_is_proved_in_its_own_currency_and_unit() {
    let folder = TempDir::new().unwrap();
    let mut text = "Date,MeterName,UnitOfMeasure,Quantity,Cost,Currency,ChargeType\n".to_owned();
    for day in 1..=31 {
        let (euros, dollars) = if day < 14 { (24, 48) } else { (36, 72) };
        let start = format!("2026-10-{day:02},D4");
        text += &format!("{start},1 Hour,24,{euros},EUR,Usage\n");
        text += &format!("{start},1 Hour,24,{dollars},USD,Usage\n");
        text += &format!("{start},10 Hours,24,240,EUR,Usage\n");
    }
    let source = file(folder.path(), "costs.csv", text).display().to_string();
    let mut found = list(&findings(folder.path(), &[&source]));
    found.retain(|finding| finding["kind"] == "price");
    let costs: Vec<&Value> = found.iter().map(|finding| &finding["cost"]).collect();
    assert_eq!(costs, ["432", "216"], "{found:?}");
    for finding in found {
        let answer = answered(&finding);
        for group in answer["groups"].as_array().unwrap() {
            assert_eq!(group["currency"], finding["currency"], "{answer}");
            assert_eq!(group["quantity"], "24 1 Hour", "{answer}");
        }
    }
}

#[test]
fn tags_and_filter_narrow_the_search() {
    let folder = TempDir::new().unwrap();
    let bill = planted_bill(folder.path());
    let found = findings(folder.path(), &[&bill.now, "--tag", "owner,tag:ENV"]);
    let untagged: Vec<Value> = list(&found)
        .into_iter()
        .filter(|finding| finding["kind"] == "untagged")
        .collect();
    let texts: Vec<&str> = untagged
        .iter()
        .map(|f| f["text"].as_str().unwrap())
        .collect();
    assert!(
        texts[0].starts_with("no tag owner on ") && texts[0].ends_with(", 100.0% of usage"),
        "{texts:?}"
    );
    assert!(texts[1].starts_with("no tag ENV on 31 EUR"));
    let filtered = findings(
        folder.path(),
        &[&bill.now, "--filter", "resource-group = rg-b"],
    );
    let expected = [("jump", "240"), ("untagged", "31"), ("idle", "26.4")];
    let expected = expected.map(|(kind, cost)| (kind.to_owned(), cost.to_owned()));
    assert_eq!(amounts(&filtered), expected);
}

#[test]
fn masked_findings_have_no_name_and_no_amount() {
    let folder = TempDir::new().unwrap();
    let bill = planted_bill(folder.path());
    let (now, before) = (bill.now.as_str(), bill.before.as_str());
    let line = [now, "--before", before, "--mask", "--all"];
    let secrets = [
        "rg-",
        "vm-",
        "ip-f",
        "october.csv",
        "september.csv",
        "Example",
        "365",
        "255.4",
        "costscope show",
    ];
    for format in ["json", "csv", "md", "table"] {
        let all = [&["findings"][..], &line[..], &["--format", format][..]].concat();
        let page = without_pseudonyms(&stdout(&run_inside(folder.path(), &all)));
        for secret in secrets {
            assert!(!page.contains(secret), "{format} shows {secret}: {page}");
        }
        for words in ["Static IP", "2026-10-23", "is new"] {
            assert!(page.contains(words), "{format} hides {words}: {page}");
        }
    }
    let found = findings(folder.path(), &line);
    assert_eq!(found["masked"], true);
    let first = &list(&found)[0];
    // 365 of 3,539.30.
    assert_eq!(first["cost"], "10.3");
    assert!(first["text"].as_str().unwrap().contains("cost 10.3 EUR"));
    assert_eq!(
        (&first["id"], &first["command"]),
        (&Value::Null, &Value::Null)
    );
}

#[test]
fn settings_override_thresholds() {
    let folder = TempDir::new().unwrap();
    let bill = planted_bill(folder.path());
    file(
        folder.path(),
        "settings.toml",
        "[findings]\nleast = 100\njump-percent = 2_000\n",
    );
    let wrong = run_inside(folder.path(), &["findings", &bill.now]);
    assert_eq!(wrong.status.code(), Some(2));
    let said = stderr(&wrong);
    assert!(
        said.contains("line 3") && said.contains("`jump-percent` must be a number"),
        "{said}"
    );
    let text = "[findings]\nleast = 100\njump-percent = \"2000.5\"\n";
    file(folder.path(), "settings.toml", text);
    let found = findings(folder.path(), &[&bill.now, "--before", &bill.before]);
    let expected = [("one-off".to_owned(), "365".to_owned())];
    assert_eq!(amounts(&found), expected);
    let new = json!({"kind": "new", "findings": 2, "currency": "EUR", "cost": "70"});
    assert!(
        found["smaller"].as_array().unwrap().contains(&new),
        "{found}"
    );
    let shown = document(&run(folder.path(), &["config", "show", "--format", "json"]));
    let of = |key: &str, value: &str, from: &str| {
        let setting = json!({"key": key, "value": value, "from": from});
        assert!(
            shown["settings"].as_array().unwrap().contains(&setting),
            "{shown}"
        );
    };
    of("findings.least", "100", "settings.toml");
    of("findings.idle-days", "3", "default");
    file(folder.path(), "settings.toml", "[findings]\nlest = 100\n");
    let said = stderr(&run(folder.path(), &["config", "check"]));
    assert!(
        said.contains("unknown threshold `lest`; did you mean `least`?"),
        "{said}"
    );
}

#[test]
fn help_names_every_threshold_with_its_default() {
    let help = described(&["findings".to_owned()]).unwrap();
    let usual = Thresholds::default();
    for (name, _) in Thresholds::NAMES {
        let line = format!("{name} = {} ", usual.named(name).unwrap());
        assert!(help.contains(&line), "{line}: {help}");
    }
}
