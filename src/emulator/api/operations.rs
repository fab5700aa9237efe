//! Reports being generated: accepted orders, the polls they still need, and their files.

use super::answers;
use super::answers::Answer;
use crate::emulator::bills::accounts::{PROFILES, VisibleCosts};
use crate::emulator::bills::csv_dialects;
use crate::emulator::bills::csv_dialects::CsvSheet;
use crate::emulator::bills::rows;
use crate::emulator::bills::rows::Metric;
use crate::emulator::scenario::{OperationEnding, Script};
use chrono::{DateTime, Datelike, Months, NaiveDate, SecondsFormat, TimeDelta, Utc};
use serde_json::{Value, json};
use std::sync::Arc;

/// The reason that a report fails.
pub(super) const FAILED: &str = "The report could not be generated. Please retry.";

/// Which of the two operations was ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Generation {
    /// `generateDetailedCostReport`.
    Detailed,
    /// `generateCostDetailsReport`.
    Details,
}

/// An accepted order.
#[derive(Debug)]
pub struct Operation {
    pub id: String,
    pub scope: String,
    pub generation: Generation,
    pub view: VisibleCosts,
    pub metric: Metric,
    pub from: NaiveDate,
    pub to: NaiveDate,
    /// The body of the order, returned in the manifest.
    pub asked: Value,
    pub api_version: String,
    pub accepted: DateTime<Utc>,
    /// The earliest time of the next poll.
    pub not_before: DateTime<Utc>,
    pub polls: u32,
    /// How often links were issued.
    pub links: u32,
    pub cuts: u32,
    pub bad_sums: u32,
    /// The files, generated when they are first requested.
    pub files: Option<Vec<Arc<Vec<u8>>>>,
}

/// A parsed order.
#[derive(Debug)]
pub struct ParsedOrder {
    pub metric: Metric,
    pub from: NaiveDate,
    pub to: NaiveDate,
}

/// Parses the body of an order; the error is the answer that refuses it.
pub fn read_order(
    body: &Value,
    view: &VisibleCosts,
    today: NaiveDate,
) -> Result<ParsedOrder, Box<Answer>> {
    let refuse = |message: &str| Box::new(answers::error(400, "400", message));
    let metric = match body.get("metric").and_then(Value::as_str) {
        None if body.get("metric").is_none() => Metric::Actual,
        Some("ActualCost") => Metric::Actual,
        Some("AmortizedCost") => Metric::Amortized,
        _ => {
            return Err(refuse(
                "Invalid Request Payload. metric must be ActualCost or AmortizedCost",
            ));
        }
    };
    let named = ["timePeriod", "billingPeriod", "invoiceId"]
        .iter()
        .filter(|name| body.get(**name).is_some_and(|v| !v.is_null()))
        .count();
    if named > 1 {
        return Err(refuse(
            "Request can only have either timePeriod or invoiceId or billingPeriod",
        ));
    }
    let month = |first: NaiveDate| {
        let last = first.with_day(first.num_days_in_month().into());
        (first, last.unwrap_or(first))
    };
    let (from, to) = if let Some(period) = body.get("timePeriod").filter(|v| !v.is_null()) {
        time_period(period, today).map_err(|message| refuse(&message))?
    } else if let Some(period) = body.get("billingPeriod").and_then(Value::as_str) {
        let first = NaiveDate::parse_from_str(&format!("{period}01"), "%Y%m%d")
            .map_err(|_| refuse("billingPeriod must be YYYYMM"))?;
        month(first)
    } else if let Some(invoice) = body.get("invoiceId").and_then(Value::as_str) {
        if !view.invoices {
            return Err(refuse(
                "invoiceId is supported only at billing profile scope",
            ));
        }
        month(
            invoice_month(invoice, view, today)
                .ok_or_else(|| refuse("The invoice was not found"))?,
        )
    } else {
        (today.with_day(1).unwrap_or(today), today)
    };
    Ok(ParsedOrder {
        metric,
        from,
        to: to.min(today),
    })
}

fn time_period(period: &Value, today: NaiveDate) -> Result<(NaiveDate, NaiveDate), String> {
    let day = |name: &str| {
        let text = period.get(name).and_then(Value::as_str).unwrap_or_default();
        NaiveDate::parse_from_str(text, "%Y-%m-%d")
            .map_err(|_| format!("Invalid Request Payload. timePeriod.{name} must be YYYY-MM-DD"))
    };
    let (from, to) = (day("start")?, day("end")?);
    let earliest = today.checked_sub_months(Months::new(13)).unwrap_or(today);
    if from > to {
        return Err("End date must be after start date".to_owned());
    }
    if from < earliest {
        return Err(format!("Start date must be after {earliest}"));
    }
    if from
        .checked_add_months(Months::new(1))
        .is_some_and(|limit| to >= limit)
    {
        return Err("The maximum allowed date range is 1 months".to_owned());
    }
    Ok((from, to))
}

/// The closed month an invoice is for.
fn invoice_month(invoice: &str, view: &VisibleCosts, today: NaiveDate) -> Option<NaiveDate> {
    let this = today.with_day(1)?;
    (1..=13)
        .filter_map(|back| this.checked_sub_months(Months::new(back)))
        .find(|first| {
            view.profiles.iter().any(|profile| {
                PROFILES.get(*profile).is_some()
                    && csv_dialects::invoice(*first, *profile) == invoice
            })
        })
}

impl Operation {
    /// Whether the first generation answers as its page for 2021-10-01 shows. The examples of later versions have no
    /// `Azure-AsyncOperation`, and their status is an object. Clients made for all of ARM follow that header wherever
    /// it is sent, and wait for `Succeeded`, which never comes.
    pub fn is_of_2021(&self) -> bool {
        self.api_version.as_str() <= "2021-10-01"
    }

    /// The files of the report: several where the scope is large.
    pub fn files(&mut self, script: &Script, today: NaiveDate) -> Vec<Arc<Vec<u8>>> {
        let made = self
            .files
            .take()
            .unwrap_or_else(|| self.make_files(script, today));
        self.files = Some(made.clone());
        made
    }

    fn make_files(&self, script: &Script, today: NaiveDate) -> Vec<Arc<Vec<u8>>> {
        let parts = if self.view.purchases { 3 } else { 1 };
        let mut days: Vec<NaiveDate> = self
            .from
            .iter_days()
            .take_while(|day| *day <= self.to)
            .collect();
        if script.ending == OperationEnding::HeaderOnly {
            days.clear();
        }
        let size = days.len().div_ceil(parts).max(1);
        let closed = (self.from.year(), self.from.month()) < (today.year(), today.month());
        let file = |days: &[NaiveDate]| self.file(days, closed, script.seed);
        if days.is_empty() {
            return vec![file(&[])];
        }
        days.chunks(size).map(file).collect()
    }

    fn file(&self, days: &[NaiveDate], closed: bool, seed: u64) -> Arc<Vec<u8>> {
        // Writing to memory cannot fail; if it did, the file would be visibly cut.
        let written =
            CsvSheet::begin(Vec::new(), self.view.dialect, closed).and_then(|mut sheet| {
                for day in days {
                    for row in rows::day(&self.view, self.metric, *day, seed) {
                        sheet.row(&row)?;
                    }
                }
                sheet.end()
            });
        Arc::new(written.unwrap_or_default())
    }

    /// The last path segment of a file, and the query that signs it.
    pub fn link(&self, origin: &str, file: usize, script: &Script, now: DateTime<Utc>) -> String {
        let expires = now + TimeDelta::seconds(i64::from(script.links_live));
        let stamp = |time: DateTime<Utc>| {
            time.to_rfc3339_opts(SecondsFormat::Secs, true)
                .replace(':', "%3A")
        };
        let signature = signature(&self.id, file, self.links);
        format!(
            "{origin}/armreports/{}/{}-{file}?sv=2018-03-28&sr=b&sig={signature}&spr=https&st={}&se={}&sp=r&turn={}",
            now.format("%Y%m%d"),
            self.id,
            stamp(now),
            stamp(expires),
            self.links
        )
    }

    /// The expiry of the links in the API's time format, with seven fraction digits.
    fn valid_till(script: &Script, now: DateTime<Utc>) -> String {
        let time = now + TimeDelta::seconds(i64::from(script.links_live));
        time.format("%Y-%m-%dT%H:%M:%S.1973252Z").to_string()
    }

    /// The 200 of `costDetailsOperationResults`.
    pub fn details_body(
        &self,
        origin: &str,
        files: &[Arc<Vec<u8>>],
        script: &Script,
        now: DateTime<Utc>,
    ) -> Value {
        let blobs: Vec<Value> = files
            .iter()
            .enumerate()
            .map(|(at, file)| json!({ "blobLink": self.link(origin, at, script, now), "byteCount": file.len() }))
            .collect();
        let bytes: usize = files.iter().map(|file| file.len()).sum();
        json!({
            "id": format!("{}/providers/Microsoft.CostManagement/costDetailsOperationResults/{}", self.scope, self.id),
            "name": self.id,
            "type": "Microsoft.CostManagement/costDetailsOperationResults",
            "status": "Completed",
            "manifest": {
                "manifestVersion": self.api_version,
                "dataFormat": "Csv",
                "blobCount": files.len(),
                "byteCount": bytes,
                "compressData": false,
                "requestContext": { "requestScope": self.scope, "requestBody": self.asked },
                "blobs": blobs,
            },
            "validTill": Self::valid_till(script, now),
        })
    }

    /// The 200 of `operationStatus` (with status) or `operationResults` (without).
    pub fn detailed_body(
        &self,
        status: &str,
        link: Option<&str>,
        with_status: bool,
        script: &Script,
        now: DateTime<Utc>,
    ) -> Value {
        let kind = if with_status {
            "operationStatus"
        } else {
            "operationResults"
        };
        let mut body = json!({
            "id": format!("{}/providers/Microsoft.CostManagement/{kind}/{}", self.scope, self.id),
            "name": self.id,
            "type": format!("Microsoft.Consumption/{kind}"),
            "properties": { "downloadUrl": link, "validTill": link.map(|_| Self::valid_till(script, now)) },
        });
        if let Some(fields) = body.as_object_mut().filter(|_| with_status) {
            let word = if script.status_as_object || !self.is_of_2021() {
                json!({ "status": status })
            } else {
                json!(status)
            };
            let time =
                |time: DateTime<Utc>| json!(time.format("%Y-%m-%dT%H:%M:%S%.6f0Z").to_string());
            fields.insert("status".to_owned(), word);
            fields.insert("startTime".to_owned(), time(self.accepted));
            if !matches!(status, "Queued" | "InProgress") {
                fields.insert("endTime".to_owned(), time(now));
            }
            let error = if status == "Failed" {
                json!({ "code": "500", "message": FAILED })
            } else {
                json!({ "code": 0, "message": null })
            };
            fields.insert("error".to_owned(), error);
        }
        body
    }
}

/// A stand-in for the signature of a link; it changes whenever links are issued.
pub fn signature(id: &str, file: usize, turn: u32) -> String {
    let letters: Vec<u64> = id.bytes().map(u64::from).collect();
    let number = rows::mix(&[rows::mix(&letters), file as u64, u64::from(turn)]);
    format!("{number:016x}{:016x}%3D", rows::mix(&[number, 5]))
}
