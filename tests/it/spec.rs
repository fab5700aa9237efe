//! The client and the emulator checked against a description of the API: every request, every response, every example.
//! The description is made up in the shape of Microsoft's; the target `real` checks against Microsoft's own.

use crate::support::fixture;
use crate::support::spec::Spec;
use crate::support::spec_checks::{check_all_exchanges, decode_all_examples};
use crate::support::witness::Exchange;

fn description() -> Spec {
    Spec::load(&[fixture("api/description.json")])
}

#[tokio::test(flavor = "multi_thread")]
async fn every_request_and_every_answer_is_as_described() {
    check_all_exchanges(&description()).await;
}

#[tokio::test]
async fn every_example_of_the_description_is_decoded() {
    let count = decode_all_examples(&fixture("api/examples")).await;
    assert_eq!(count, 42);
}

#[test]
fn check_finds_planted_violations() {
    let spec = description();
    let good = Exchange {
        method: "POST".to_owned(),
        path: "/subscriptions/x/providers/Microsoft.CostManagement/generateCostDetailsReport".to_owned(),
        query: vec![("api-version".to_owned(), "2025-03-01".to_owned())],
        body: "{\"metric\":\"ActualCost\",\"timePeriod\":{\"start\":\"2026-10-01\",\"end\":\"2026-10-31\"}}".to_owned(),
        status: 202,
        answer: String::new(),
    };
    assert_eq!(spec.check(&good), Vec::<String>::new());
    let bad: [(&str, Exchange); 6] = [
        (
            "not described",
            Exchange {
                method: "GET".to_owned(),
                ..good.clone()
            },
        ),
        (
            "not described",
            Exchange {
                path: good.path.replace("Details", "Detail"),
                ..good.clone()
            },
        ),
        (
            "metri is not described",
            Exchange {
                query: [
                    good.query.clone(),
                    vec![("metri".to_owned(), "x".to_owned())],
                ]
                .concat(),
                ..good.clone()
            },
        ),
        (
            "api-version is missing",
            Exchange {
                query: Vec::new(),
                ..good.clone()
            },
        ),
        (
            "required",
            Exchange {
                body: "{\"timePeriod\":{\"start\":\"2026-10-01\"}}".to_owned(),
                ..good.clone()
            },
        ),
        (
            "the answer 200",
            Exchange {
                status: 200,
                answer: "{\"manifest\":{\"byteCount\":\"many\"}}".to_owned(),
                ..good.clone()
            },
        ),
    ];
    for (words, exchange) in bad {
        let found = spec.check(&exchange).join("\n");
        assert!(found.contains(words), "{words}: {found}");
    }
}
