//! A data folder with a cache of converted tables, cost files beside it, and all that a screen says about them.

use super::cost_files::{row, table};
use super::{JumpingClock, file, run};
use chrono::Utc;
use costscope::azure::net::Network;
use costscope::data::columns::dates::DayOrder;
use costscope::data::progress::Progress;
use costscope::domain::query::Query;
use costscope::domain::query::group_key::GroupKey;
use costscope::domain::query::money_column::MoneyColumn;
use costscope::ops::clock::Clock;
use costscope::ops::context::{OpenContext, OpenDataset};
use costscope::ops::conversion_cache::{ConversionCache, Limits};
use costscope::ops::engine::Engine;
use costscope::ops::explore::{open, quality_report};
use flate2::Compression;
use flate2::write::GzEncoder;
use std::fs;
use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::SystemTime;
use tempfile::TempDir;

/// A number that nothing else compresses well.
pub(crate) fn random(at: u64) -> u64 {
    let mixed = at
        .wrapping_add(1)
        .wrapping_mul(0x9e37_79b9_7f4a_7c15)
        .rotate_left(31);
    mixed.wrapping_mul(0xbf58_476d_1ce4_e5b9) >> 24
}

/// Rows of one month, each of a resource of its own.
pub(crate) fn month(name: &str, rows: u64) -> String {
    first_days(name, rows, 28)
}

/// Rows of the first days of a month.
pub(crate) fn first_days(name: &str, rows: u64, days: u64) -> String {
    let rows: Vec<String> = (0..rows)
        .map(|at| {
            let day = 1 + u32::try_from(at % days).unwrap();
            let cost = format!("{}.{:03}", at % 9, random(at) % 1_000);
            row(name, day, &format!("vm-{:x}", random(at)), &cost)
        })
        .collect();
    table(&rows)
}

/// A text that needs repairs of many kinds.
pub(crate) fn damaged_text() -> String {
    let mut text = "\u{feff}Report of October\n\n".to_owned();
    text += "Date,CostInBillingCurrency,BillingCurrencyCode,ResourceGroup,Tags,PartNumber,Team\n";
    for at in 0..3_000_u64 {
        let (day, group) = (1 + at % 28, at % 13);
        text += &match at % 11 {
            0 => format!("{day:02}/10/2026,1.5,EUR,rg-{group},,\n"),
            1 => format!("{day:02}/10/2026,,EUR,rg-{group},,,a\n"),
            2 => format!("{day:02}/10/2026,2,EUR, rg-{group} ,\"\"\"env\"\": \"\"prod\",,a\n"),
            3 => format!("{day:02}/10/2026,3,EUR,rg-{group},\"\"\"env \"\": \"\"prod\"\"\",,b\n"),
            4 => format!("{day:02}/10/2026,4E-3,USD,rg-\u{200b}{group},NULL,,b\n"),
            _ => format!(
                "{day:02}/10/2026,0.{at},EUR,rg-{group},\"\"\"env\"\": \"\"prod\"\"\",x{at},b\n"
            ),
        };
    }
    text
}

pub(crate) fn gzipped(text: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

pub(crate) fn zipped(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, text) in members {
        let options = zip::write::SimpleFileOptions::default();
        writer.start_file(*name, options).unwrap();
        writer.write_all(text).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

/// A data folder, cost files beside it, and a clock.
pub(crate) struct Place {
    pub(crate) folder: TempDir,
    pub(crate) data: PathBuf,
    pub(crate) clock: Arc<JumpingClock>,
}

impl Place {
    pub(crate) fn new() -> Self {
        let folder = TempDir::new().unwrap();
        // The program itself has the time of the machine.
        let clock = JumpingClock::new();
        clock.forward(Utc::now() - clock.now());
        Self {
            data: folder.path().join("data"),
            folder,
            clock,
        }
    }

    /// Writes a cost file.
    pub(crate) fn file(&self, name: &str, text: impl AsRef<[u8]>) -> String {
        let path = file(self.folder.path(), name, text);
        path.to_str().unwrap().to_owned()
    }

    pub(crate) fn cache(&self) -> ConversionCache {
        self.cache_of(Limits::default())
    }

    pub(crate) fn cache_of(&self, limits: Limits) -> ConversionCache {
        ConversionCache::keeping(&self.data, limits, self.clock())
    }

    pub(crate) fn clock(&self) -> Arc<dyn Clock> {
        Arc::<JumpingClock>::clone(&self.clock) as Arc<dyn Clock>
    }

    pub(crate) fn now(&self) -> SystemTime {
        self.clock.now().into()
    }

    /// The names in the folder of the cache.
    pub(crate) fn entries(&self) -> Vec<String> {
        let items = fs::read_dir(self.data.join("cache")).into_iter().flatten();
        let mut names: Vec<String> = items
            .map(|item| item.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    /// The files of the only entry.
    pub(crate) fn files_of_entry(&self) -> Vec<PathBuf> {
        let entries = self.entries();
        assert_eq!(entries.len(), 1, "{entries:?}");
        let folder = self.data.join("cache").join(&entries[0]);
        let items = fs::read_dir(folder).unwrap();
        let mut files: Vec<PathBuf> = items.map(|item| item.unwrap().path()).collect();
        files.sort();
        files
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> std::process::Output {
        run(&self.data, arguments)
    }

    pub(crate) fn log(&self) -> String {
        fs::read_to_string(self.data.join("log/costscope.log")).unwrap_or_default()
    }
}

/// Opens a source as the screens do.
pub(crate) fn opened_by(
    cache: Option<&ConversionCache>,
    source: &str,
    dates: Option<DayOrder>,
) -> OpenDataset {
    let (progress, network) = (Progress::default(), Network::default());
    let scratch = std::env::temp_dir();
    let context = OpenContext {
        remote: None,
        ledger: None,
        scratch: &scratch,
        cache,
        progress: &progress,
        early: None,
        dates,
        engine: Engine::Own,
        money: MoneyColumn::Billing,
        network: &network,
        offline: true,
    };
    open::open(&context, &[source.to_owned()]).unwrap_or_else(|error| panic!("{source}: {error}"))
}

/// All that a screen says about opened data.
pub(crate) fn figures(opened: &OpenDataset) -> String {
    let data = &opened.data;
    let grouped = Query {
        group_by: vec![GroupKey::parse("resource-group").unwrap()],
        ..Query::default()
    };
    format!(
        "{:#?}\n{:#?}\n{:#?}\n{:#?}\n{:#?}\n{:#?}\n{:#?}",
        data.sources(),
        opened.notes,
        opened.plan,
        open::totals(data).unwrap(),
        open::show(data, &grouped).unwrap(),
        open::tag_keys(data).unwrap(),
        quality_report::lines(opened),
    )
}

pub(crate) fn cached(cache: &ConversionCache, source: &str) -> String {
    figures(&opened_by(Some(cache), source, None))
}

pub(crate) fn uncached(source: &str) -> String {
    figures(&opened_by(None, source, None))
}

/// The number of files that were found in the cache and converted, by what happens in between.
pub(crate) fn counted(cache: &ConversionCache, act: impl FnOnce()) -> (u64, u64) {
    let before = cache.counts();
    act();
    let after = cache.counts();
    (after.0 - before.0, after.1 - before.1)
}
