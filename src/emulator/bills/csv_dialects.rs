//! Writes rows as CSV in two layouts: EA (tags without braces, no byte-order mark) and MCA (braces, byte-order mark).
//!
//! Columns: Microsoft Learn dataset schemas, EA and MCA cost details 2023-12-01-preview.

use super::accounts::{
    Bill, DEPARTMENTS, EA_ACCOUNT, ENROLLMENT_ACCOUNTS, FileLayout, MCA_ACCOUNT, PROFILES,
    SUBSCRIPTIONS,
};
use super::rows;
use super::rows::BillRow;
use super::services::{Commitment, SERVICES, Service};
use chrono::{Datelike, NaiveDate};
use std::io::{self, Write};

const EA: &str = "InvoiceSectionName,AccountName,AccountOwnerId,SubscriptionId,SubscriptionName,ResourceGroup,ResourceLocation,Date,\
ProductName,MeterCategory,MeterSubCategory,MeterId,MeterName,MeterRegion,UnitOfMeasure,Quantity,EffectivePrice,CostInBillingCurrency,\
CostCenter,ConsumedService,ResourceId,Tags,OfferId,AdditionalInfo,ServiceInfo1,ServiceInfo2,ResourceName,ReservationId,\
ReservationName,UnitPrice,ProductOrderId,ProductOrderName,Term,PublisherType,PublisherName,ChargeType,Frequency,PricingModel,\
AvailabilityZone,BillingAccountId,BillingAccountName,BillingCurrencyCode,BillingPeriodStartDate,BillingPeriodEndDate,\
BillingProfileId,BillingProfileName,InvoiceSectionId,IsAzureCreditEligible,PartNumber,PayGPrice,PlanName,ServiceFamily,\
CostAllocationRuleName,benefitId,benefitName";
const MCA: &str = "invoiceId,previousInvoiceId,billingAccountId,billingAccountName,billingProfileId,billingProfileName,invoiceSectionId,\
invoiceSectionName,resellerName,resellerMpnId,costCenter,billingPeriodEndDate,billingPeriodStartDate,servicePeriodEndDate,\
servicePeriodStartDate,date,serviceFamily,productOrderId,productOrderName,consumedService,meterId,meterName,meterCategory,\
meterSubCategory,meterRegion,ProductId,ProductName,SubscriptionId,subscriptionName,publisherType,publisherId,publisherName,\
resourceGroupName,ResourceId,resourceLocation,location,effectivePrice,quantity,unitOfMeasure,chargeType,billingCurrency,\
pricingCurrency,costInBillingCurrency,costInPricingCurrency,costInUsd,paygCostInBillingCurrency,paygCostInUsd,\
exchangeRatePricingToBilling,exchangeRateDate,isAzureCreditEligible,serviceInfo1,serviceInfo2,additionalInfo,tags,PayGPrice,\
frequency,term,reservationId,reservationName,pricingModel,unitPrice,costAllocationRuleName,benefitId,benefitName,provider";

/// Writes rows as one file with its own header row.
pub struct CsvSheet<W> {
    out: W,
    dialect: FileLayout,
    /// The headers in lower case.
    columns: Vec<String>,
    invoices: bool,
}

impl<W: Write> CsvSheet<W> {
    /// Starts a file. `invoices` says whether the month is closed and its rows carry an invoice number.
    pub fn begin(mut out: W, dialect: FileLayout, invoices: bool) -> io::Result<Self> {
        let header = if dialect == FileLayout::Ea { EA } else { MCA };
        if dialect == FileLayout::Mca {
            out.write_all(b"\xef\xbb\xbf")?;
        }
        writeln!(out, "{header}\r")?;
        Ok(Self {
            out,
            dialect,
            columns: header.split(',').map(str::to_ascii_lowercase).collect(),
            invoices,
        })
    }

    /// Writes one row.
    pub fn row(&mut self, row: &BillRow) -> io::Result<()> {
        let facts = Facts::of(self.dialect, row, self.invoices);
        let mut line = String::with_capacity(1024);
        for (at, column) in self.columns.iter().enumerate() {
            if at > 0 {
                line.push(',');
            }
            quote(&facts.value(column), &mut line);
        }
        line.push_str("\r\n");
        self.out.write_all(line.as_bytes())
    }

    /// Ends the file.
    pub fn end(mut self) -> io::Result<W> {
        self.out.flush()?;
        Ok(self.out)
    }
}

fn quote(value: &str, line: &mut String) {
    if value.contains([',', '"', '\n']) {
        line.push('"');
        line.push_str(&value.replace('"', "\"\""));
        line.push('"');
    } else {
        line.push_str(value);
    }
}

/// A whole number of 10^-digits as a decimal without trailing zeros.
fn decimal(number: i128, digits: usize) -> String {
    let sign = if number < 0 { "-" } else { "" };
    let text = format!("{:0width$}", number.unsigned_abs(), width = digits + 1);
    let (whole, fraction) = text.split_at(text.len() - digits);
    match fraction.trim_end_matches('0') {
        "" => format!("{sign}{whole}"),
        rest => format!("{sign}{whole}.{rest}"),
    }
}

/// A row with all the values that its columns need.
pub(in crate::emulator) struct Facts<'a> {
    dialect: FileLayout,
    row: &'a BillRow,
    service: Option<&'a Service>,
    subscription: (&'static str, &'static str),
    department: &'static str,
    owner: &'static str,
    profile: (&'static str, &'static str),
    section: (&'static str, &'static str),
    invoices: bool,
}

impl<'a> Facts<'a> {
    pub(in crate::emulator) fn of(dialect: FileLayout, row: &'a BillRow, invoices: bool) -> Self {
        let subscription = row.subscription.and_then(|at| SUBSCRIPTIONS.get(at));
        let profile = PROFILES.get(row.profile);
        let mut facts = Facts {
            dialect,
            row,
            service: SERVICES.get(row.service),
            subscription: subscription.map_or(("", ""), |s| (s.id, s.name)),
            department: "",
            owner: "",
            profile: profile.map_or(("", ""), |p| (p.name, p.display)),
            section: ("", ""),
            invoices,
        };
        match subscription.map(|s| s.bill) {
            Some(Bill::Ea {
                department,
                account,
            }) => {
                facts.department = DEPARTMENTS
                    .iter()
                    .find(|(id, _)| *id == department)
                    .map_or("", |(_, name)| name);
                facts.owner = ENROLLMENT_ACCOUNTS
                    .iter()
                    .find(|(id, ..)| *id == account)
                    .map_or("", |(_, owner, _)| owner);
            }
            Some(Bill::Mca { section, .. }) => {
                facts.section = profile
                    .and_then(|p| p.sections.get(section))
                    .copied()
                    .unwrap_or_default();
            }
            _ => {}
        }
        facts
    }

    /// The value of a column, by its header in lower case.
    pub(in crate::emulator) fn value(&self, column: &str) -> String {
        self.money(column)
            .or_else(|| self.time(column))
            .unwrap_or_else(|| self.text(column))
    }

    fn money(&self, column: &str) -> Option<String> {
        let row = self.row;
        let list = self.service.map_or(0, |service| service.price);
        Some(match column {
            "costinbillingcurrency" | "costinpricingcurrency" | "costinusd" => {
                decimal(row.cost, 10)
            }
            "paygcostinbillingcurrency" | "paygcostinusd" => decimal(row.quantity * list, 10),
            "quantity" => decimal(row.quantity, 4),
            "unitprice" if row.subscription.is_some() => decimal(list, 6),
            "effectiveprice" | "unitprice" => decimal(row.price, 6),
            // Reservations and Marketplace have no list price.
            "paygprice" if row.commitment.is_none() && !row.marketplace => decimal(list, 6),
            "paygprice" => "0".to_owned(),
            "exchangeratepricingtobilling" => "1".to_owned(),
            _ => return None,
        })
    }

    fn time(&self, column: &str) -> Option<String> {
        let day = self.row.day;
        let first = || day.with_day(1).unwrap_or(day);
        let last = || day.with_day(day.num_days_in_month().into()).unwrap_or(day);
        let text = |day: NaiveDate| day.format("%m/%d/%Y").to_string();
        Some(match column {
            "date" => text(day),
            // Observed in real files: blank while the month is open.
            "billingperiodstartdate" | "billingperiodenddate"
                if self.dialect == FileLayout::Mca && !self.invoices =>
            {
                String::new()
            }
            "billingperiodstartdate" | "serviceperiodstartdate" | "exchangeratedate" => {
                text(first())
            }
            "billingperiodenddate" | "serviceperiodenddate" => text(last()),
            "invoiceid" if self.invoices => invoice(first(), self.row.profile),
            _ => return None,
        })
    }

    fn text(&self, column: &str) -> String {
        let group = self.row.group.as_ref();
        match column {
            "resourcegroup" | "resourcegroupname" => {
                group.map(|(_, shown)| shown.clone()).unwrap_or_default()
            }
            "resourceid" => self.resource_id(),
            "resourcename" => self.row.resource.clone().unwrap_or_default(),
            "productname" => {
                let category = self.of_service(|s| s.category);
                let sub_category = self.of_service(|s| s.sub_category);
                let meter = self.of_service(|s| s.meter);
                format!("{category} {sub_category} - {meter}")
            }
            "meterid" | "productid" => format!("00000000-0000-4000-9000-{:012}", self.row.service),
            "tags" => self.tags(),
            "additionalinfo" => self.additional_info(),
            "costcenter" => {
                let tag = self.row.tags.iter().find(|(key, _)| *key == "cost-center");
                tag.map(|(_, value)| value.clone()).unwrap_or_default()
            }
            "reservationid" | "reservationname" | "benefitid" | "benefitname" | "term" => {
                self.benefit(column)
            }
            _ => self.fixed_text(column).to_owned(),
        }
    }

    /// A text of the service; empty if there is none.
    fn of_service(&self, field: fn(&Service) -> &'static str) -> &'static str {
        self.service.map_or("", field)
    }

    fn fixed_text(&self, column: &str) -> &'static str {
        let row = self.row;
        match column {
            "subscriptionid" => self.subscription.0,
            "subscriptionname" => self.subscription.1,
            "resourcelocation" | "location" | "meterregion" => row.region,
            "metercategory" => self.of_service(|s| s.category),
            "metersubcategory" => self.of_service(|s| s.sub_category),
            "metername" => self.of_service(|s| s.meter),
            "unitofmeasure" => self.of_service(|s| s.unit),
            "servicefamily" => self.of_service(|s| s.family),
            "consumedservice" => self.of_service(|s| s.provider),
            "chargetype" => row.charge,
            "frequency" => row.frequency,
            "pricingmodel" => row.model,
            "publishertype" if row.marketplace => "Marketplace",
            "publishertype" if self.dialect == FileLayout::Ea => "Azure",
            "publishername" if row.marketplace => "Example Software",
            "publishertype" | "publishername" => "Microsoft",
            "planname" if row.marketplace => "standard",
            "billingcurrencycode" | "billingcurrency" | "pricingcurrency" => {
                rows::currency(self.dialect, row.profile)
            }
            _ => self.account_text(column),
        }
    }

    fn account_text(&self, column: &str) -> &'static str {
        let ea = self.dialect == FileLayout::Ea;
        let either = |legacy, modern| if ea { legacy } else { modern };
        match column {
            "accountname" | "accountownerid" => self.owner,
            "billingaccountid" => either(EA_ACCOUNT, MCA_ACCOUNT),
            "billingaccountname" => either("Contoso Enrolment", "Contoso Europe"),
            "billingprofileid" => either(EA_ACCOUNT, self.profile.0),
            "billingprofilename" => either("Contoso Enrolment", self.profile.1),
            "invoicesectionid" => either("", self.section.0),
            "invoicesectionname" => either(self.department, self.section.1),
            "offerid" => "MS-AZR-0017P",
            "partnumber" => "AAH-12345",
            "isazurecrediteligible" => "True",
            "productordername" if !ea => "Azure plan",
            "provider" => "Azure",
            _ => "",
        }
    }

    fn resource_id(&self) -> String {
        let (Some((group, _)), Some(resource), Some(service)) =
            (&self.row.group, &self.row.resource, self.service)
        else {
            return String::new();
        };
        // MCA files write this segment in lower case.
        let groups = if self.dialect == FileLayout::Ea {
            "resourceGroups"
        } else {
            "resourcegroups"
        };
        format!(
            "/subscriptions/{}/{groups}/{group}/providers/{}/{}/{resource}",
            self.subscription.0, service.provider, service.kind
        )
    }

    fn tags(&self) -> String {
        let json = |text: &str| serde_json::Value::String(text.to_owned()).to_string();
        let pairs: Vec<String> = self
            .row
            .tags
            .iter()
            .map(|(key, value)| format!("{}: {}", json(key), json(value)))
            .collect();
        match (self.dialect, pairs.is_empty()) {
            (_, true) => String::new(),
            (FileLayout::Ea, false) => pairs.join(","),
            (FileLayout::Mca, false) => format!("{{{}}}", pairs.join(",")),
        }
    }

    fn additional_info(&self) -> String {
        let machine = self.row.service < 2 && self.row.resource.is_some();
        let size = self.of_service(|s| s.meter).replace(' ', "_");
        if machine {
            format!(
                "{{  \"UsageType\": \"ComputeHR\",  \"ServiceType\": \"Standard_{size}\",  \"VCPUs\": 4}}"
            )
        } else {
            String::new()
        }
    }

    fn benefit(&self, column: &str) -> String {
        let Some(commitment) = self.row.commitment else {
            return String::new();
        };
        let (id, name) = commitment.names();
        let plan = commitment == Commitment::SavingsPlan;
        match column {
            "reservationid" if !plan => id.to_owned(),
            "reservationname" if !plan => name.to_owned(),
            "benefitid" if plan => id.to_owned(),
            "benefitid" => {
                format!("/providers/Microsoft.Capacity/reservationOrders/{id}/reservations/{id}")
            }
            "benefitname" => name.to_owned(),
            "term" => "12".to_owned(),
            _ => String::new(),
        }
    }
}

/// The invoice number of a month and profile.
pub fn invoice(first: NaiveDate, profile: usize) -> String {
    format!("G{:04}{:02}{:02}", first.year(), first.month(), profile + 1)
}
