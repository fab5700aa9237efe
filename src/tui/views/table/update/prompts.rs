//! Opens prompts over open data and applies their text: file names, view names and searches.

use super::change;
use super::opening::open_continued;
use super::opening::sides;
use super::opening::signature;
use super::search::{search_answer, seek};
use crate::domain::query::saved_view;
use crate::domain::query::saved_view::SavedView;
use crate::ops::explore::path_completion::Completion;
use crate::ops::remote_sources;
use crate::tui::action::Action;
use crate::tui::effect::Effect;
use crate::tui::message::joined_names;
use crate::tui::question::OutputQuestion;
use crate::tui::said::Said;
use crate::tui::shell::Shell;
use crate::tui::shell::overlay::{Overlay, PromptKind};
use crate::tui::shell::status::StatusLine;
use crate::tui::state::field::TextField;
use crate::tui::views::table::state::explorer::Explorer;
use crate::tui::views::table::state::{Continued, Open, TableScreen};

/// Opens the prompt of an action.
pub(crate) fn prompt(screen: &TableScreen, shell: &mut Shell, action: Action) {
    let Open::Data(data) = &screen.open else {
        return;
    };
    let all = match data.searched_levels() {
        Some(_) if data.answer.is_none() => ". ⟦text.next-field⟧ searches all levels instead",
        _ => "",
    };
    shell.overlay = if action == Action::Search {
        Overlay::Prompt {
            title: "Search".into(),
            hint: match data.search.last.as_str() {
                "" => Said::open(format!("a column header, or text in this level{all}")),
                before => format!(
                    "a column header, or text in this level; ⟦text.up⟧ brings `{before}` back, and an empty text searches it again{all}"
                )
                .into(),
            },
            field: TextField::default(),
            kind: PromptKind::Search,
        }
    } else if action == Action::SaveView {
        Overlay::Prompt {
            title: "Save this view as".into(),
            hint: if data.answer.is_some() {
                "the statement; replaces a view of the same name"
            } else if data.step().change.is_some() {
                change_hint(data)
            } else {
                "grouping, filter, sort, columns; not the picked days. Replaces a view of the same name"
            }
            .into(),
            field: TextField::default(),
            kind: PromptKind::SaveView,
        }
    } else {
        let (kind, lines) = if data.answer.is_some() {
            ("answer", "rows")
        } else if data.step().group_by.is_empty() {
            ("rows", "rows")
        } else {
            ("view", "groups")
        };
        Overlay::Prompt {
            title: Said::open(format!("Export the {kind} to")),
            hint: Said::open(format!(
                "end the name in .csv, .xlsx, .parquet, .json or .md; all {lines} are written"
            )),
            field: TextField::with(&match &shell.export_name {
                Some(name) => name.clone(),
                None => format!("costs-{kind}.xlsx"),
            }),
            kind: PromptKind::ExportTo,
        }
    };
}

/// A hint at the parts of two periods that a saved view keeps.
fn change_hint(data: &Explorer) -> &'static str {
    if data.step().change == data.newest_months() {
        "the newest two months of any data, their order and columns. Replaces a view of the same name"
    } else {
        "the two periods, their order and columns. Replaces a view of the same name"
    }
}

fn save_view(data: &Explorer, text: &str) -> Result<Vec<Effect>, String> {
    let view = Box::new(match &data.answer {
        Some(answer) => SavedView {
            sql: Some(answer.statement.clone()),
            money: data.loaded.opened.data.money().given(),
            ..SavedView::default()
        },
        None => data.saved(),
    });
    let name = saved_view::name(text)?.to_owned();
    Ok(vec![Effect::SaveView { name, view }])
}

/// Opens the sources that were typed, separated by commas.
fn open(screen: &mut TableScreen, shell: &mut Shell, text: &str) -> Vec<Effect> {
    let text = remote_sources::keep_signatures(text);
    let sources = sources_of(&text);
    if sources.is_empty() {
        return Vec::new();
    }
    let name = joined_names(&sources);
    let continued = Some(Continued::Typed(text));
    open_continued(screen, shell, sources, name.into(), None, continued)
}

/// Comma-separated sources. A comma in an address of blob storage does not separate.
fn sources_of(text: &str) -> Vec<String> {
    let mut sources = Vec::new();
    for piece in remote_sources::separated(text) {
        if remote_sources::is_one(&piece) {
            sources.push(piece.trim().to_owned());
        } else {
            let names = piece.split(',').map(|source| unquoted(source.trim()));
            sources.extend(names.filter(|source| !source.is_empty()));
        }
    }
    sources
}

/// A path without the quotes that a file manager puts around it.
fn unquoted(path: &str) -> String {
    let inside = ['\'', '"'].into_iter().find_map(|quote| {
        let rest = path.strip_prefix(quote)?;
        rest.strip_suffix(quote)
    });
    inside.unwrap_or(path).to_owned()
}

/// Completes the path in a prompt, if it was not edited since. Several names are listed below it.
pub(crate) fn completed(shell: &mut Shell, asked: &str, found: &Completion) -> Vec<Effect> {
    let Overlay::Prompt { field, hint, .. } = &mut shell.overlay else {
        return Vec::new();
    };
    if field.text() != asked {
        return Vec::new();
    }
    match found.names.as_slice() {
        [] => return shell.refuse("no file or folder begins like this"),
        [_] => {}
        names => *hint = names.join("  ").into(),
    }
    *field = TextField::with(&found.text);
    Vec::new()
}

/// Writes the view or the answer to a file.
fn export(screen: &TableScreen, shell: &mut Shell, text: &str) -> Vec<Effect> {
    let Open::Data(data) = &screen.open else {
        return Vec::new();
    };
    if text.is_empty() {
        return Vec::new();
    }
    let opened = data.loaded.opened.clone();
    let path = text.to_owned();
    let question = match &data.answer {
        Some(answer) => OutputQuestion::ExportSql {
            opened,
            statement: answer.statement.clone(),
            path,
        },
        None => OutputQuestion::Export {
            opened,
            query: data.whole_query(),
            path,
        },
    };
    shell.status = StatusLine::hint(format!("writing {text} …"));
    shell.export_name = Some(text.to_owned());
    let (_, effect) = shell.ask(question);
    vec![effect]
}

/// Applies the text of a prompt, or says why it is refused.
pub(crate) fn prompted(
    screen: &mut TableScreen,
    shell: &mut Shell,
    kind: PromptKind,
    text: &str,
) -> Result<Vec<Effect>, String> {
    let text = text.trim();
    if kind == PromptKind::Open {
        return Ok(open(screen, shell, text));
    }
    if kind == PromptKind::Sas {
        return signature::given(screen, shell, text);
    }
    let Open::Data(data) = &mut screen.open else {
        return Ok(Vec::new());
    };
    Ok(match kind {
        PromptKind::Open
        | PromptKind::Sas
        | PromptKind::SearchPair
        | PromptKind::ExportPair
        | PromptKind::ExportPage
        | PromptKind::NewExport
        | PromptKind::SaveViewPair => Vec::new(),
        PromptKind::ExportTo => export(screen, shell, text),
        PromptKind::EarlierMonth => {
            let names = sources_of(&remote_sources::keep_signatures(text));
            if names.is_empty() {
                return Ok(Vec::new());
            }
            change::with_earlier(screen, shell, names)
        }
        PromptKind::OtherSide => {
            let names = text.split(',').map(|name| name.trim().to_owned());
            let names: Vec<String> = names.filter(|name| !name.is_empty()).collect();
            if names.is_empty() {
                return Ok(Vec::new());
            }
            sides::other_side(screen, shell, names)
        }
        PromptKind::SaveView => return save_view(data, text),
        PromptKind::Search if data.answer.is_some() => search_answer(screen, shell, text),
        PromptKind::Search if text.is_empty() => {
            data.search.text.clone_from(&data.search.last);
            if data.search.text.is_empty() {
                return Ok(Vec::new());
            }
            seek(screen, shell, true)
        }
        PromptKind::Search => {
            data.search.begin(text);
            let lower = text.to_lowercase();
            let mut columns = data.columns().into_iter().enumerate();
            let found = columns.find(|(_, col)| data.title(col).to_lowercase().contains(&lower));
            if let Some((at, col)) = found {
                data.step_mut().column = at;
                let told = format!("column {}; ⟦table.next-match⟧ searches the lines", col.name);
                let told = Said::of_column(told, data.names_value_here());
                shell.status = StatusLine::hint(told);
                return Ok(Vec::new());
            }
            seek(screen, shell, true)
        }
    })
}
