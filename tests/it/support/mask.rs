//! Text that a masked screen must not show: names and ids from the model, amounts, and anything shaped like an id, a
//! path or an address.

use costscope::domain::period::Period;
use costscope::domain::query::columns::Role;
use costscope::domain::query::group_key::GroupKey;
use costscope::domain::scope::Scope;
use costscope::domain::table::Body;
use costscope::tui::app::Model;
use costscope::tui::keymap::BINDINGS;
use costscope::tui::shell::overlay::{Overlay, PickerKind};
use costscope::tui::views::compare::state::{CompareScreen, Pair};
use costscope::tui::views::table::state::Open;
use costscope::tui::views::table::state::explorer::Explorer;
use std::collections::BTreeSet;

/// The names, ids and amounts that a masked screen of this model reveals.
pub(crate) fn leaks(model: &Model, picture: &str) -> Vec<String> {
    let text = without_pseudonyms(picture).to_lowercase();
    let own = own_words(model);
    let mut found: Vec<String> = names(model)
        .into_iter()
        .filter(|name| !own.contains(name) && holds(&text, name))
        .collect();
    found.extend(amounts(&text));
    found.extend(shapes(&text));
    found
}

/// Every identifying text in the model, in lower case.
pub(crate) fn names(model: &Model) -> BTreeSet<String> {
    let mut names = Names::default();
    for scope in model.scopes.all() {
        names.scope(scope);
    }
    for marked in &model.scopes.marked {
        names.scope(&marked.scope);
    }
    if let Some(scope) = &model.order.scope {
        names.scope(scope);
    }
    names.add(model.order.invoice.text());
    for ordered in &model.jobs.orders {
        names.add(ordered.scope_name.in_clear());
        names.add(ordered.order.scope.path());
        names.add(ordered.order.scope.tail());
        for job in &ordered.jobs {
            if let Period::Invoice(id) | Period::Billing(id) = &job.request.period {
                names.add(id);
            }
            names.option(job.ids.request.as_deref());
            names.option(job.ids.correlation.as_deref());
        }
    }
    for run in &model.jobs.runs {
        names.add(run.export.in_clear());
        names.add(run.scope.tail());
    }
    for entry in model.table.ledger.entries() {
        names.add(entry.key.as_str());
        names.add(entry.request.scope.tail());
    }
    match &model.table.open {
        Open::Opening {
            name,
            peek,
            so_far,
            first,
            ..
        } => {
            names.add(name.in_clear());
            if let Some(table) = so_far.as_ref().and_then(|now| now.sums.as_ref()) {
                names.body(&first.group_by, &table.body);
            }
            if let Some(table) = peek {
                names.body(&[], &table.body);
            }
        }
        Open::Data(data) => names.data(data),
        Open::Nothing => {}
    }
    if let Some(page) = &model.overview.page {
        names.add(page.title.in_clear());
        for panel in &page.overview.panels {
            let key = std::slice::from_ref(&panel.key);
            for group in &panel.groups {
                names.values(key, std::slice::from_ref(&group.value));
            }
        }
    }
    if let CompareScreen::Opening {
        title,
        view,
        so_far,
        ..
    } = &model.compare
    {
        names.add(title.in_clear());
        let (_, keys) = Pair::view_at_start(view.as_ref());
        let sides = so_far.iter().flat_map(|sides| sides.iter());
        for table in sides.filter_map(|side| side.sums.as_ref()) {
            names.body(&keys, &table.body);
        }
    }
    if let CompareScreen::Pair(pair) = &model.compare {
        names.add(pair.title.in_clear());
        if let Some(compared) = &pair.compared {
            for group in &compared.groups {
                names.values(&compared.group_by, &group.keys);
                names.values(&compared.group_by, &group.labels);
            }
        }
        if let Some(found) = &pair.pivoted
            && !is_open(found.by())
        {
            for title in &found.titles {
                names.add(title);
            }
        }
    }
    if let Overlay::Picker {
        picker,
        kind: PickerKind::Facets(GroupKey::Tag(_), _),
    } = &model.shell.overlay
    {
        for choice in &picker.choices {
            names.add(&choice.name);
        }
    }
    names.option(model.shell.place.identity.who.as_deref());
    names.option(model.shell.place.identity.tenant.as_deref());
    names.0
}

#[derive(Default)]
struct Names(BTreeSet<String>);

impl Names {
    fn add(&mut self, name: &str) {
        // Shorter names occur inside ordinary words, and a short number may be a count.
        let number = name.len() < 6 && name.bytes().all(|byte| byte.is_ascii_digit());
        // A search for a placeholder finds the rows without a value, which are shown by it.
        let placeholder = ["none", "empty"].contains(&name.to_lowercase().as_str());
        if name.chars().count() >= 4 && !number && !placeholder {
            self.0.insert(name.to_lowercase());
        }
    }

    fn option(&mut self, name: Option<&str>) {
        if let Some(name) = name {
            self.add(name);
        }
    }

    fn scope(&mut self, scope: &Scope) {
        self.add(&scope.name);
        self.add(scope.id.path());
        self.add(scope.id.tail());
    }

    fn values(&mut self, keys: &[GroupKey], values: &[Option<String>]) {
        for (key, value) in keys.iter().zip(values) {
            if !is_open(key) {
                self.option(value.as_deref());
            }
        }
    }

    fn data(&mut self, data: &Explorer) {
        for name in &data.loaded.opened.names {
            self.add(name);
            self.option(name.rsplit('/').next());
        }
        // The first crumb is the title, the others are values; values of open keys stay visible.
        let crumbs = data.crumbs();
        self.option(crumbs.first().map(|title| title.in_clear()));
        self.add(&data.search.text);
        if let Some(shown) = &data.shown {
            self.body(&shown.group_by, &shown.table.body);
        }
    }

    fn body(&mut self, keys: &[GroupKey], body: &Body) {
        match body {
            Body::Groups { groups, .. } => {
                for group in groups {
                    self.values(keys, &group.keys);
                    self.values(keys, &group.labels);
                }
            }
            Body::Rows { columns, rows } => {
                for row in rows {
                    for (header, cell) in columns.iter().zip(row) {
                        let text = cell.exact().unwrap_or_default();
                        let names = ["resource", "subscription", "tag", "account", "invoice"];
                        let header = header.to_lowercase();
                        let names = names.iter().any(|word| header.contains(word));
                        if names && !header.contains("location") {
                            self.add(&text);
                        }
                    }
                }
            }
            Body::Pivot(pivot) => {
                if !is_open(&pivot.by) {
                    for value in pivot.columns.iter().chain(&pivot.labels) {
                        self.option(value.as_deref());
                    }
                }
                for line in &pivot.lines {
                    self.values(keys, &line.keys);
                    self.values(keys, &line.labels);
                }
            }
            Body::Change(change) => {
                for group in &change.groups {
                    self.values(&change.group_by, &group.keys);
                    self.values(&change.group_by, &group.labels);
                }
            }
        }
    }
}

/// Whether the values of this key identify nobody and stay visible.
fn is_open(key: &GroupKey) -> bool {
    match key {
        GroupKey::Month => true,
        GroupKey::Tag(_) => false,
        GroupKey::Role(role) => !matches!(
            role,
            Role::ResourceGroup
                | Role::Resource
                | Role::Subscription
                | Role::SubscriptionName
                | Role::Tags
        ),
        GroupKey::Column(header) => !["resource", "subscription", "account", "tag"]
            .iter()
            .any(|word| header.to_lowercase().contains(word)),
    }
}

/// The program's own texts, headers and tag keys, which stay visible.
fn own_words(model: &Model) -> BTreeSet<String> {
    let mut own = BTreeSet::new();
    let mut add = |text: &str| {
        let words = text.split(|c: char| !c.is_alphanumeric());
        own.extend(words.map(str::to_lowercase));
        own.insert(text.to_lowercase());
    };
    for binding in BINDINGS {
        add(binding.label);
        add(binding.help);
    }
    if let Open::Data(data) = &model.table.open {
        for key in &data.loaded.tag_keys {
            add(key);
        }
        let headers = data.loaded.opened.data.headers();
        for header in headers {
            add(header);
        }
    }
    own
}

/// Whether a text contains a name, or the first eight characters of a name that was cut off.
fn holds(text: &str, name: &str) -> bool {
    let begins = |part: &str, whole: bool| {
        let mut rest = text;
        let mut before = None;
        while let Some(at) = rest.find(part) {
            let left = rest[..at].chars().next_back().or(before);
            let right = rest[at + part.len()..].chars().next();
            let free = |c: Option<char>| c.is_none_or(|c| !c.is_alphanumeric());
            if free(left) && (free(right) || !whole) {
                return true;
            }
            before = part.chars().next_back();
            rest = &rest[at + part.len()..];
        }
        false
    };
    if begins(name, true) {
        return true;
    }
    let cut: String = name.chars().take(8).collect();
    let has_marks = cut.chars().any(|c| !c.is_alphabetic());
    name.chars().count() > 8 && has_marks && begins(&cut, false)
}

/// Blanks out pseudonyms, because their digits are not names.
fn without_pseudonyms(text: &str) -> String {
    let mut out = String::new();
    let mut hidden = 0;
    for c in text.chars() {
        match c {
            '•' => hidden = 6,
            c if hidden > 0 && c.is_ascii_hexdigit() => hidden -= 1,
            c => {
                hidden = 0;
                out.push(c);
                continue;
            }
        }
        out.push(' ');
    }
    out
}

/// Numbers with two decimals are amounts; the index, shares and sizes have one decimal.
fn amounts(text: &str) -> Vec<String> {
    let numbers = text.split(|c: char| !c.is_ascii_digit() && c != '.' && c != ',');
    let money = |number: &&str| {
        let number = number.trim_matches(['.', ',']);
        number.split_once('.').is_some_and(|(whole, rest)| {
            !whole.is_empty() && rest.len() >= 2 && !rest.contains('.')
        })
    };
    numbers.filter(money).map(str::to_owned).collect()
}

/// Ids, paths and addresses of any kind.
fn shapes(text: &str) -> Vec<String> {
    let words = text.split(|c: char| c.is_whitespace() || "()[]‹›'\"`,;".contains(c));
    let is_guid = |word: &str| {
        let groups: Vec<usize> = word.split('-').map(str::len).collect();
        let hex = word.chars().all(|c| c.is_ascii_hexdigit() || c == '-');
        hex && groups == [8, 4, 4, 4, 12]
    };
    let is_cut_id = |word: &str| {
        word.split_once('…').is_some_and(|(left, right)| {
            let hex = |part: &str| part.len() > 2 && part.chars().all(|c| c.is_ascii_hexdigit());
            hex(left) && hex(right)
        })
    };
    let is_file = |word: &str| {
        let ends = [".csv", ".parquet", ".xlsx", ".json", ".gz", ".zip"];
        ends.iter()
            .any(|end| word.len() > end.len() && word.ends_with(end))
    };
    let is_address = |word: &str| {
        word.split_once('@')
            .is_some_and(|(who, at)| !who.is_empty() && at.contains('.'))
    };
    let is_path = |word: &str| {
        // The form that an export is typed in names nobody.
        let is_form = word == "az://account/container/folder";
        !is_form
            && ["subscriptions/", "providers/", "/resourcegroups/", "://"]
                .iter()
                .any(|part| word.contains(part))
    };
    words
        .filter(|word| {
            is_guid(word) || is_cut_id(word) || is_file(word) || is_address(word) || is_path(word)
        })
        .map(str::to_owned)
        .collect()
}
