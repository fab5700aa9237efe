//! Answers of a server that makes reports: accepted, completed, the file, throttled, a page of Usage Details.

use crate::support::hostile::Answer;

pub(crate) const POLL: &str = "{url}/x/poll/1?api-version=2025-03-01";

pub(crate) const ROW: &str = "1,EUR,10/01/2026\n";

pub(crate) fn accepted() -> Answer {
    Answer::new(202)
        .header("location", POLL)
        .header("retry-after", "5")
}

pub(crate) fn completed(link: &str) -> Answer {
    Answer::new(200).body(format!(
        "{{\"status\":\"Completed\",\"manifest\":{{\"dataFormat\":\"Csv\",\"blobCount\":1,\"blobs\":[{{\"blobLink\":\"{link}\"}}]}}}}"
    ))
}

pub(crate) fn blob() -> Answer {
    Answer::new(200).body(format!("Cost,BillingCurrency,Date\n{ROW}"))
}

pub(crate) fn busy() -> Answer {
    Answer::new(429).header("retry-after", "7200")
}

pub(crate) fn one_row_page(day: &str, cost: &str, next: Option<&str>) -> Answer {
    let next = next.map_or("null".to_owned(), |link| format!("\"{link}\""));
    Answer::new(200).body(format!(
        "{{\"value\":[{{\"kind\":\"legacy\",\"properties\":{{\"cost\":{cost},\"date\":\"{day}\",\"billingCurrency\":\"EUR\"}}}}],\"nextLink\":{next}}}"
    ))
}

pub(crate) fn report_answers(cost: &str) -> Vec<Answer> {
    vec![
        Answer::new(202)
            .header("location", "{url}/x/poll/1?api-version=2025-03-01")
            .header("retry-after", "1"),
        Answer::new(200).body(
            "{\"status\":\"Completed\",\"manifest\":{\"dataFormat\":\"Csv\",\"blobCount\":1,\"blobs\":[{\"blobLink\":\"{url}/blob?sig=1\"}]}}",
        ),
        Answer::new(200).body(format!("Cost,BillingCurrency,Date\n{cost},EUR,10/01/2026\n")),
    ]
}
