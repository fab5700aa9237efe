//! The commands by what they need, so that the code for a group lists every command of it.

use super::exports::{ExportsAction, ExportsCall, FilesArgs};
use super::findings::FindingsArgs;
use super::local::{
    ChangeArgs, CheckArgs, CompareArgs, ExportArgs, OverviewArgs, SampleArgs, ShowCommand, SqlArgs,
};
use super::{
    CacheArgs, Command, CompletionsArgs, ConfigArgs, DemoArgs, DoctorArgs, HelpArgs, JobsArgs,
    LedgerArgs, ManArgs, OpenArgs, ReportArgs, ScopesArgs,
};

/// A command in its group.
#[derive(Debug)]
pub enum CommandGroup {
    About(About),
    Work(Work),
}

/// Commands about the program itself. They work even when the settings are invalid.
#[derive(Debug)]
pub enum About {
    Completions(CompletionsArgs),
    Config(ConfigArgs),
    Man(ManArgs),
    Help(HelpArgs),
}

/// Commands that need the settings.
#[derive(Debug)]
pub enum Work {
    /// The UI on made-up accounts.
    Demo(DemoArgs),
    /// The UI on local data.
    Open(OpenArgs),
    Ledger(LedgerArgs),
    Cache(CacheArgs),
    Local(Local),
    Online(Online),
}

/// Commands on local data.
#[derive(Debug)]
pub enum Local {
    Show(ShowCommand),
    Compare(CompareArgs),
    Change(ChangeArgs),
    Overview(OverviewArgs),
    Findings(FindingsArgs),
    Sql(SqlArgs),
    Export(ExportArgs),
    Check(CheckArgs),
    Files(FilesArgs),
    Sample(SampleArgs),
}

/// Commands that talk to Azure.
#[derive(Debug)]
pub enum Online {
    Scopes(ScopesArgs),
    Report(Box<ReportArgs>),
    Jobs(JobsArgs),
    Doctor(DoctorArgs),
    Exports(Box<ExportsCall>),
}

impl Command {
    /// Whether the choice of a money column concerns it. `check` says itself why it takes none.
    pub fn counts(&self) -> bool {
        match self {
            Self::Demo(demo) => !demo.serve,
            Self::Open(_)
            | Self::Show(_)
            | Self::Compare(_)
            | Self::Change(_)
            | Self::Overview(_)
            | Self::Findings(_)
            | Self::Sql(_)
            | Self::Export(_)
            | Self::Check(_) => true,
            Self::Completions(_)
            | Self::Config(_)
            | Self::Man(_)
            | Self::Help(_)
            | Self::Ledger(_)
            | Self::Cache(_)
            | Self::Sample(_)
            | Self::Scopes(_)
            | Self::Report(_)
            | Self::Jobs(_)
            | Self::Exports(_)
            | Self::Doctor(_) => false,
        }
    }

    /// The command in its group.
    pub fn group(self) -> CommandGroup {
        let work = match self {
            Self::Completions(wanted) => return CommandGroup::About(About::Completions(wanted)),
            Self::Config(wanted) => return CommandGroup::About(About::Config(wanted)),
            Self::Man(wanted) => return CommandGroup::About(About::Man(wanted)),
            Self::Help(wanted) => return CommandGroup::About(About::Help(wanted)),
            Self::Demo(demo) => Work::Demo(demo),
            Self::Open(open) => Work::Open(open),
            Self::Ledger(wanted) => Work::Ledger(wanted),
            Self::Cache(wanted) => Work::Cache(wanted),
            Self::Show(show) => Work::Local(Local::Show(show)),
            Self::Compare(compare) => Work::Local(Local::Compare(compare)),
            Self::Change(change) => Work::Local(Local::Change(change)),
            Self::Overview(wanted) => Work::Local(Local::Overview(wanted)),
            Self::Findings(wanted) => Work::Local(Local::Findings(wanted)),
            Self::Sql(asked) => Work::Local(Local::Sql(asked)),
            Self::Export(export) => Work::Local(Local::Export(export)),
            Self::Check(check) => Work::Local(Local::Check(check)),
            Self::Sample(wanted) => Work::Local(Local::Sample(wanted)),
            Self::Scopes(scopes) => Work::Online(Online::Scopes(scopes)),
            Self::Report(report) => Work::Online(Online::Report(Box::new(report))),
            Self::Jobs(jobs) => Work::Online(Online::Jobs(jobs)),
            Self::Doctor(doctor) => Work::Online(Online::Doctor(doctor)),
            Self::Exports(wanted) => match wanted.action {
                ExportsAction::Azure(call) => Work::Online(Online::Exports(Box::new(call))),
                ExportsAction::Files(files) => Work::Local(Local::Files(files)),
            },
        };
        CommandGroup::Work(work)
    }
}
