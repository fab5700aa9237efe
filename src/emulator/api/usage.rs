//! Serves Usage Details: rows as JSON, legacy and modern, page by page, with the quirks of the real API.
//!
//! Legacy accounts honour `$filter`; modern ones ignore it and honour the undocumented `startDate` and `endDate`. Ids
//! repeat, and next links contain blanks. Formats: `consumption.json` 2023-11-01.

use super::answers;
use super::answers::Answer;
use super::answers::number;
use super::usage_filter;
use super::usage_filter::Term;
use crate::emulator::bills::accounts;
use crate::emulator::bills::accounts::{Access, Bill, FileLayout, VisibleCosts};
use crate::emulator::bills::csv_dialects::Facts;
use crate::emulator::bills::rows;
use crate::emulator::bills::rows::{BillRow, Metric};
use crate::emulator::state::Shared;
use chrono::{Datelike, Months, NaiveDate};
use std::collections::HashMap;
use std::sync::Arc;

/// A request.
pub struct UsageRequest<'a> {
    pub scope: &'a str,
    pub query: &'a HashMap<String, String>,
    pub origin: &'a str,
}

/// A parsed request.
struct ParsedQuery {
    view: VisibleCosts,
    metric: Metric,
    from: NaiveDate,
    to: NaiveDate,
    terms: Vec<Term>,
    expanded: Expanded,
}

impl ParsedQuery {
    /// Takes the terms of a filter; those with days set the range.
    fn take(&mut self, terms: Vec<Term>) {
        let days: Vec<_> = terms.iter().map(Term::days).collect();
        if let Some(first) = days.iter().filter_map(|(first, _)| *first).max() {
            self.from = first;
        }
        if let Some(last) = days.iter().filter_map(|(_, last)| *last).min() {
            self.to = last;
        }
        self.terms = terms;
    }
}

/// The members that `$expand` asks for, with or without `properties/` before their names.
struct Expanded {
    meter_details: bool,
    additional_info: bool,
}

impl Expanded {
    fn read(query: &HashMap<String, String>) -> Self {
        let text = query.get("$expand").map_or("", String::as_str);
        let asks_for = |wanted: &str| {
            let mut names = text.split(',').map(str::trim);
            names.any(|name| name.strip_prefix("properties/").unwrap_or(name) == wanted)
        };
        Self {
            meter_details: asks_for("meterDetails"),
            additional_info: asks_for("additionalInfo"),
        }
    }
}

/// Usage details begin on this day.
const BEGINNING: Option<NaiveDate> = NaiveDate::from_ymd_opt(2014, 5, 1);

/// Answers one page.
pub fn answer(shared: &Shared, asked: &UsageRequest<'_>) -> Answer {
    let wanted = match read(shared, asked) {
        Ok(wanted) => wanted,
        Err(answer) => return *answer,
    };
    let days = wanted.to.signed_duration_since(wanted.from).num_days() + 1;
    let longest = shared.script.usage_longest_days;
    if longest.is_some_and(|longest| days > i64::from(longest)) {
        let text = "The gateway did not receive a response from 'Microsoft.Consumption' within the specified time period.";
        return answers::header(
            answers::error(504, "GatewayTimeout", text),
            "retry-after",
            "1",
        );
    }
    let skip: usize = number(asked.query, "$skiptoken").unwrap_or_default();
    let top: usize = number(asked.query, "$top").unwrap_or(1000);
    let size = top.clamp(1, shared.script.usage_page);
    let all = listed(shared, asked, &wanted);
    let page = all.iter().enumerate().skip(skip).take(size);
    let items: Vec<String> = page
        .map(|(at, row)| item(asked.scope, at, row, &wanted))
        .collect();
    let end = skip.saturating_add(size);
    let next = if end < all.len() {
        let list = format!(
            "{}/{}/providers/Microsoft.Consumption/usageDetails",
            asked.origin, asked.scope
        );
        json(&answers::next_link(&list, asked.query, end))
    } else {
        "null".to_owned()
    };
    let body = format!("{{\"value\":[{}],\"nextLink\":{next}}}", items.join(","));
    let answer = answers::text(200, "application/json; charset=utf-8", body);
    let left = 190 - u32::try_from(skip / size.max(1)).unwrap_or_default() % 190;
    let name = "x-ms-ratelimit-remaining-microsoft.consumption-tenant-requests";
    answers::header(answer, name, &format!("DefaultQuota:{left}"))
}

/// All rows of a list. Every page needs them, so those of the last list are kept.
fn listed(shared: &Shared, asked: &UsageRequest<'_>, wanted: &ParsedQuery) -> Arc<Vec<BillRow>> {
    let filter = asked.query.get("$filter").map_or("", String::as_str);
    let (metric, from, to) = (wanted.metric, wanted.from, wanted.to);
    let list = format!("{} {metric:?} {from} {to} {filter}", asked.scope);
    let known = shared.state().last_list.clone();
    if let Some((_, rows)) = known.filter(|(known, _)| *known == list) {
        return rows;
    }
    let mut all = Vec::new();
    // The most recent rows come first.
    let backwards = to.iter_days().rev();
    for day in backwards.take_while(|day| *day >= from) {
        let rows = rows::day(&wanted.view, metric, day, shared.script.seed);
        all.extend(rows.into_iter().filter(|row| {
            let facts = Facts::of(wanted.view.dialect, row, true);
            wanted.terms.iter().all(|term| term.keeps(row, &facts))
        }));
    }
    let all = Arc::new(all);
    shared.state().last_list = Some((list, Arc::clone(&all)));
    all
}

fn read(shared: &Shared, asked: &UsageRequest<'_>) -> Result<ParsedQuery, Box<Answer>> {
    let refuse = |text: &str| Box::new(answers::error(400, "400", text));
    let lower = asked.scope.to_lowercase();
    let (scope, period) = match lower.split_once("/providers/microsoft.billing/billingperiods/") {
        Some((scope, name)) => (scope, Some(name)),
        None => (lower.as_str(), None),
    };
    let view = view(scope)?;
    let metric = asked.query.get("metric").map(|m| m.to_lowercase());
    let metric = match metric.as_deref() {
        None | Some("actualcost" | "usage") => Metric::Actual,
        Some("amortizedcost") => Metric::Amortized,
        Some(_) => return Err(refuse("metric must be actualcost, amortizedcost or usage")),
    };
    let today = shared.today();
    let first = today.with_day(1).unwrap_or(today);
    let mut wanted = ParsedQuery {
        metric,
        from: first,
        to: today,
        terms: Vec::new(),
        expanded: Expanded::read(asked.query),
        view,
    };
    if wanted.view.dialect == FileLayout::Mca {
        let given = |name: &str| NaiveDate::parse_from_str(asked.query.get(name)?, "%Y-%m-%d").ok();
        if let (Some(from), Some(to)) = (given("startDate"), given("endDate")) {
            (wanted.from, wanted.to) = (from, to);
        }
        if period.is_some() {
            return Err(refuse(
                "Billing periods are not supported for this account.",
            ));
        }
    } else {
        if let Some(name) = period {
            let month = name.get(..6).unwrap_or_default();
            let start = NaiveDate::parse_from_str(&format!("{month}01"), "%Y%m%d")
                .map_err(|_| refuse("The billing period is not known."))?;
            let next = start.checked_add_months(Months::new(1)).unwrap_or(start);
            (wanted.from, wanted.to) = (start, next.pred_opt().unwrap_or(start));
        }
        if let Some(filter) = asked.query.get("$filter") {
            let web_direct = matches!(accounts::access(scope), Access::PayAsYouGo);
            let terms = usage_filter::read(filter, web_direct).map_err(|text| refuse(&text))?;
            let billed = (wanted.from, wanted.to);
            wanted.take(terms);
            if period.is_some() {
                wanted.from = wanted.from.max(billed.0);
                wanted.to = wanted.to.min(billed.1);
            }
        }
    }
    wanted.from = wanted.from.max(BEGINNING.unwrap_or(wanted.from));
    wanted.to = wanted.to.min(today);
    Ok(wanted)
}

/// The view of a scope; Usage Details supports more kinds of scope than reports do.
fn view(scope: &str) -> Result<VisibleCosts, Box<Answer>> {
    let legacy =
        |keep: fn(&Bill) -> bool| accounts::view(FileLayout::Ea, |known| keep(&known.bill));
    match accounts::access(scope) {
        Access::Report(view) => Ok(view),
        Access::PayAsYouGo => Ok(legacy(|bill| *bill == Bill::PayAsYouGo)),
        Access::NoReports(_) if scope.contains("managementgroups") => Ok(legacy(|bill| {
            matches!(bill, Bill::Ea { .. } | Bill::PayAsYouGo)
        })),
        Access::NoReports(text) => Err(Box::new(answers::error(400, "BadRequest", text))),
        Access::Refused => {
            let text = "The client does not have authorization to perform action \
                        'Microsoft.Consumption/usageDetails/read'.";
            Err(Box::new(answers::error(401, "RBACAccessDenied", text)))
        }
        Access::NotFound => {
            let text = format!("The scope /{scope} was not found.");
            Err(Box::new(answers::error(404, "NotFound", &text)))
        }
    }
}

/// Members, the file columns they match, and whether the value is a number.
const LEGACY: [(&str, &str, bool); 33] = [
    ("billingAccountId", "billingaccountid", false),
    ("billingAccountName", "billingaccountname", false),
    ("billingPeriodStartDate", "billingperiodstartdate", false),
    ("billingPeriodEndDate", "billingperiodenddate", false),
    ("billingProfileId", "billingprofileid", false),
    ("billingProfileName", "billingprofilename", false),
    ("accountName", "accountname", false),
    ("subscriptionId", "subscriptionid", false),
    ("subscriptionName", "subscriptionname", false),
    ("date", "date", false),
    ("product", "productname", false),
    ("partNumber", "partnumber", false),
    ("meterId", "meterid", false),
    ("quantity", "quantity", true),
    ("effectivePrice", "effectiveprice", true),
    ("cost", "costinbillingcurrency", true),
    ("unitPrice", "unitprice", true),
    ("billingCurrency", "billingcurrencycode", false),
    ("resourceLocation", "resourcelocation", false),
    ("consumedService", "consumedservice", false),
    ("resourceId", "resourceid", false),
    ("resourceName", "resourcename", false),
    ("invoiceSection", "invoicesectionname", false),
    ("costCenter", "costcenter", false),
    ("offerId", "offerid", false),
    ("chargeType", "chargetype", false),
    ("frequency", "frequency", false),
    ("pricingModel", "pricingmodel", false),
    ("publisherType", "publishertype", false),
    ("publisherName", "publishername", false),
    ("reservationId", "reservationid", false),
    ("reservationName", "reservationname", false),
    ("payGPrice", "paygprice", true),
];
const MODERN: [(&str, &str, bool); 38] = [
    ("billingAccountId", "billingaccountid", false),
    ("billingAccountName", "billingaccountname", false),
    ("billingPeriodStartDate", "billingperiodstartdate", false),
    ("billingPeriodEndDate", "billingperiodenddate", false),
    ("billingProfileId", "billingprofileid", false),
    ("billingProfileName", "billingprofilename", false),
    ("subscriptionGuid", "subscriptionid", false),
    ("subscriptionName", "subscriptionname", false),
    ("date", "date", false),
    ("product", "productname", false),
    ("meterId", "meterid", false),
    ("meterName", "metername", false),
    ("meterCategory", "metercategory", false),
    ("meterSubCategory", "metersubcategory", false),
    ("meterRegion", "meterregion", false),
    ("unitOfMeasure", "unitofmeasure", false),
    ("serviceFamily", "servicefamily", false),
    ("quantity", "quantity", true),
    ("unitPrice", "unitprice", true),
    ("effectivePrice", "effectiveprice", true),
    ("billingCurrencyCode", "billingcurrency", false),
    ("pricingCurrencyCode", "pricingcurrency", false),
    ("costInBillingCurrency", "costinbillingcurrency", true),
    ("costInPricingCurrency", "costinpricingcurrency", true),
    ("costInUSD", "costinusd", true),
    ("resourceLocation", "resourcelocation", false),
    ("consumedService", "consumedservice", false),
    ("instanceName", "resourceid", false),
    ("invoiceSectionId", "invoicesectionid", false),
    ("invoiceSectionName", "invoicesectionname", false),
    ("costCenter", "costcenter", false),
    ("resourceGroup", "resourcegroupname", false),
    ("chargeType", "chargetype", false),
    ("additionalInfo", "additionalinfo", false),
    ("frequency", "frequency", false),
    ("pricingModel", "pricingmodel", false),
    ("publisherType", "publishertype", false),
    ("reservationId", "reservationid", false),
];

fn item(scope: &str, at: usize, row: &BillRow, wanted: &ParsedQuery) -> String {
    let legacy = wanted.view.dialect == FileLayout::Ea;
    let facts = Facts::of(wanted.view.dialect, row, true);
    let members: &[(&str, &str, bool)] = if legacy { &LEGACY } else { &MODERN };
    let mut properties: Vec<String> = members
        .iter()
        .map(|(name, column, number)| {
            let value = facts.value(column);
            let value = match *name {
                "date" => json_date(row.day),
                "billingPeriodStartDate" | "billingPeriodEndDate" => {
                    json_date(NaiveDate::parse_from_str(&value, "%m/%d/%Y").unwrap_or(row.day))
                }
                _ if *number => value,
                _ => json(&value),
            };
            format!("\"{name}\":{value}")
        })
        .collect();
    if legacy {
        // Often null in real answers: the group is in the resource's id.
        let group = row.group.as_ref().filter(|_| !at.is_multiple_of(3));
        let group = group.map_or("null".to_owned(), |(_, shown)| json(shown));
        properties.push(format!("\"resourceGroup\":{group}"));
        properties.push("\"isAzureCreditEligible\":true".to_owned());
        properties.push(format!(
            "\"meterDetails\":{}",
            meter_details(&facts, wanted)
        ));
        if wanted.expanded.additional_info {
            let info = json(&facts.value("additionalinfo"));
            properties.push(format!("\"additionalInfo\":{info}"));
        }
    }
    let tags: Vec<String> = row
        .tags
        .iter()
        .map(|(key, value)| format!("{}:{}", json(key), json(value)))
        .collect();
    let tags = if tags.is_empty() {
        "null".to_owned()
    } else {
        format!("{{{}}}", tags.join(","))
    };
    // Ids repeat in real answers.
    let id = format!("usageDetails_Id{}", at % 7);
    let kind = if legacy { "legacy" } else { "modern" };
    format!(
        "{{\"id\":{},\"name\":\"{id}\",\"type\":\"Microsoft.Consumption/usageDetails\",\"kind\":\"{kind}\",\"tags\":{tags},\"properties\":{{{}}}}}",
        json(&format!(
            "/{scope}/providers/Microsoft.Consumption/usageDetails/{id}"
        )),
        properties.join(",")
    )
}

fn meter_details(facts: &Facts<'_>, wanted: &ParsedQuery) -> String {
    if !wanted.expanded.meter_details {
        return "null".to_owned();
    }
    let members = [
        ("meterName", "metername"),
        ("meterCategory", "metercategory"),
        ("meterSubCategory", "metersubcategory"),
        ("unitOfMeasure", "unitofmeasure"),
        ("serviceFamily", "servicefamily"),
    ];
    let members: Vec<String> = members
        .iter()
        .map(|(name, column)| format!("\"{name}\":{}", json(&facts.value(column))))
        .collect();
    format!("{{{}}}", members.join(","))
}

fn json(text: &str) -> String {
    serde_json::Value::String(text.to_owned()).to_string()
}

fn json_date(day: NaiveDate) -> String {
    format!("\"{}T00:00:00.0000000Z\"", day.format("%Y-%m-%d"))
}
