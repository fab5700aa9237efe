//! Ways that must not end in a wall or mislead: the path, escape, search, copies and pictures, in the real loop.

use crate::support::bills::BILL_HEADER;
use crate::support::file;
use crate::support::ui_harness::Stage;
use crate::support::ui_steps::{SMALL, demo, newest_of_three_months};
use std::path::Path;
use tempfile::TempDir;

/// October of four groups; `rg-web` has two machines, and `rg-back` gives money back.
fn bill(folder: &Path) -> String {
    let row = |day: &str, group: &str, meter: &str, cost: &str| {
        format!(
            "2026-10-{day},{group},/subscriptions/s1/resourceGroups/{group}/providers/Microsoft.Compute/virtualMachines/vm-{meter},\
             {meter},Usage,1,1 Hour,{cost},EUR,,\n"
        )
    };
    let text = [
        BILL_HEADER.to_owned(),
        row("03", "rg-web", "D4", "50"),
        row("04", "rg-web", "D8", "7.5"),
        row("05", "rg-db", "E8", "63.3"),
        row("06", "rg-old", "A1", "5"),
        row("03", "rg-back", "B2", "-10"),
        row("05", "rg-back", "B2", "-40"),
    ]
    .concat();
    file(folder, "october.csv", &text).display().to_string()
}

async fn open(folder: &TempDir) -> Stage {
    let source = bill(folder.path());
    let mut stage = Stage::open("polls = 0\n", (80, 24), vec![source]).await;
    stage.until(&["rg-web", "Σ 4"]).await;
    stage
}

#[tokio::test(flavor = "multi_thread")]
async fn the_path_drops_a_group_that_the_filter_has_left() {
    let folder = TempDir::new().unwrap();
    let mut stage = open(&folder).await;
    stage.press("<down><enter>");
    stage.until(&["› rg-web", "vm-D8"]).await;
    stage.press("<enter>");
    stage.until(&["› rg-web › vm-D4", "group   meter"]).await;
    // The filter keeps the resource group, and so does the path.
    stage.press("f<ctrl-u>resource-group = rg-web and cost > 1<enter>");
    stage.until(&["› rg-web › by meter", "D8", "Σ 2"]).await;
    stage.press("f<ctrl-u><enter>");
    let all = stage.until(&["› by meter", "E8", "Σ 5"]).await;
    assert!(!all.contains("rg-web"), "{all}");
    stage.press("u");
    stage.until(&["› rg-web › by meter", "Σ 2"]).await;
    stage.press("<bksp>");
    stage.until(&["› rg-web", "vm-D8", "Σ 2"]).await;
    stage.press("<bksp>");
    let all = stage.until(&["rg-old", "Σ 4"]).await;
    let deeper = |line: &str| line.starts_with(" Table") && line.contains('›');
    assert!(!all.lines().any(deeper), "{all}");
    stage.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn money_below_zero_is_drawn() {
    let folder = TempDir::new().unwrap();
    let mut stage = open(&folder).await;
    let line = |picture: &str| {
        let mut lines = picture.lines();
        lines
            .find(|line| line.contains("rg-back"))
            .unwrap()
            .to_owned()
    };
    let bars = stage.until(&["rg-back", "█"]).await;
    assert!(line(&bars).contains("-▒▒▒▒"), "{bars}");
    assert!(!line(&bars).contains('█'), "{bars}");
    stage.press("v");
    let days = stage.until(&["days", "▾"]).await;
    assert_eq!(line(&days).matches('▾').count(), 2, "{days}");
    stage.press("v");
    let heat = stage.until(&["days", "▾", "█"]).await;
    assert_eq!(line(&heat).matches('▾').count(), 2, "{heat}");
    // Both days hang from the line of zero; the second is four times as long.
    stage.press("<end>VVVV");
    let chart = stage.until(&["total -50.00", "lowest -40.00"]).await;
    let hanging = chart
        .lines()
        .skip_while(|line| !line.contains("0 └") && !line.contains("0 ┼"));
    let hanging: Vec<&str> = hanging.skip(1).take(4).map(str::trim_end).collect();
    assert_eq!(
        hanging,
        [
            "         │███     ███",
            "         │        ███",
            "         │        ███",
            "     -40 ┤        ███",
        ],
        "{chart}"
    );
    stage.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_selected_line_keeps_its_bar_and_marks_its_cell() {
    let folder = TempDir::new().unwrap();
    let mut stage = open(&folder).await;
    let picture = stage.until(&["› rg-db", "█", " column "]).await;
    let styles = picture.lines().find(|line| line.contains(" selected "));
    let styles = styles.unwrap();
    assert!(
        styles.contains(" cell ") && styles.contains(" heading "),
        "{picture}"
    );
    stage.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn reports_that_wait_at_quitting_are_ordered_at_the_next_start() {
    let mut stage = demo("polls = 2\nretry-after = 3\n").await;
    stage.until(&["16 of 16"]).await;
    stage.press("/prod-data");
    stage.until(&["/ prod-data", "1 of"]).await;
    stage.press("<enter><enter><tab><right><right>");
    stage.until(&["3 months x 2 metrics = 6 reports"]).await;
    stage.press("<enter>");
    let jobs = stage.until(&["next poll in 00:03", "queued"]).await;
    // One of the reports that wait is not wanted any more.
    let queued = jobs
        .lines()
        .skip(3)
        .position(|line| line.contains("queued"));
    stage.press("<home>");
    for _ in 0..queued.unwrap() {
        stage.press("<down>");
    }
    stage.press("d");
    stage
        .until(&[
            "Stop following?",
            "1 report waits for its turn",
            "was sent.",
            "enter stop following",
        ])
        .await;
    stage.press("<enter>");
    stage.until(&["5 running"]).await;
    stage.press("qq");
    let told = [
        "Quit?",
        "2 reports are still running",
        "3 reports wait",
        "Nothing is lost",
    ];
    stage.until(&told).await;
    stage.press("<enter>");
    let (emulator, folder) = stage.leave().await;
    let mut stage = Stage::on(emulator, folder, SMALL);
    stage
        .until(&["resumed 5 earlier orders; press 3 to see them"])
        .await;
    stage.press("3");
    stage.pass_until(&["5 ready"]).await;
    let requests = stage.emulator.record().requests;
    let sent = requests.iter().filter(|line| line.starts_with("POST"));
    assert_eq!(sent.count(), 5, "{requests:?}");
    // Nothing is left in the queue.
    let (_, folder) = stage.leave().await;
    let queue = std::fs::read_dir(folder.path().join("queue")).unwrap();
    let names = queue.map(|item| item.unwrap().file_name().into_string().unwrap());
    let notes: Vec<String> = names
        .filter(|name| name.strip_suffix(".json").is_some())
        .collect();
    assert!(notes.is_empty(), "{notes:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unreadable_note_of_the_queue_is_named() {
    let folder = TempDir::new().unwrap();
    let stage = demo("polls = 2\n").await;
    let (emulator, _) = stage.leave().await;
    let queue = folder.path().join("queue");
    std::fs::create_dir(&queue).unwrap();
    let private = std::os::unix::fs::PermissionsExt::from_mode(0o700);
    std::fs::set_permissions(&queue, private).unwrap();
    let note = file(&queue, "test@sub@2026-10@actual.json", "{}");
    let private = std::os::unix::fs::PermissionsExt::from_mode(0o600);
    std::fs::set_permissions(note, private).unwrap();
    let mut stage = Stage::on(emulator, folder, SMALL);
    stage.until(&["2026-10@actual.json is damaged"]).await;
    stage.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_gets_the_whole_text_and_its_failure_is_told() {
    use costscope::tui::clipboard::Copier;
    use costscope::tui::runner::clipboard::hand_over;
    let folder = TempDir::new().unwrap();
    let target = folder.path().join("copied");
    let script = format!("cat > '{}'", target.display());
    let args: &'static [&'static str] = Vec::leak(vec!["-c", &*script.leak()]);
    let copier = Copier {
        program: "sh",
        args,
        setting: "",
    };
    let text = "EUR 1.5\n".repeat(50_000);
    hand_over(copier, &text).await.unwrap();
    assert_eq!(std::fs::read_to_string(&target).unwrap(), text);
    let failing = Copier {
        args: &["-c", "cat > /dev/null; exit 3"],
        ..copier
    };
    let why = hand_over(failing, "x").await.unwrap_err();
    assert_eq!(why, "sh: it ended with exit status: 3");
    let missing = Copier {
        program: "no-such-copier",
        ..copier
    };
    let why = hand_over(missing, "x").await.unwrap_err();
    assert!(why.starts_with("no-such-copier: "), "{why}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_day_of_the_chart_has_whole_amounts_and_its_own_keys() {
    let folder = TempDir::new().unwrap();
    let mut stage = open(&folder).await;
    stage.press("<tab>");
    let day = "40.00 EUR = rg-db 0.00 · rg-web 50.00 · others -10.00";
    let read = stage.until(&[day, "→ later · enter into the day"]).await;
    assert!(!read.contains("enter into ·"), "{read}");
    stage.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_path_names_a_day_of_the_chart_that_was_entered() {
    let folder = TempDir::new().unwrap();
    let mut stage = open(&folder).await;
    stage.press("<down><enter>");
    stage.until(&["› rg-web", "vm-D8", "EUR by day"]).await;
    stage.press("<tab><enter>");
    stage
        .until(&["› rg-web › 2026-10-03", "vm-D4", "Σ 1"])
        .await;
    stage.press("<bksp>");
    stage.until(&["› rg-web", "vm-D8", "Σ 2"]).await;
    stage.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn escape_ends_the_search_before_it_goes_back() {
    let folder = TempDir::new().unwrap();
    let mut stage = open(&folder).await;
    stage.press("<enter>");
    stage.until(&["› rg-db", "vm-E8"]).await;
    stage.press("<esc>");
    stage.until(&["rg-old", "Σ 4"]).await;
    stage.press("/rg-<enter>");
    stage.until(&["`rg-` in line 2", " found "]).await;
    stage.press("<esc>");
    let cleared = stage.until(&["search cleared", "› rg-web"]).await;
    assert!(!cleared.contains(" found "), "{cleared}");
    // The field starts empty, and the last search is behind the arrow.
    stage.press("/old");
    stage.until(&[" old▏"]).await;
    stage.press("<ctrl-u><up>");
    stage.until(&[" rg-▏"]).await;
    stage.press("<esc><esc>");
    stage
        .until(&["this is the first step; 0 shows the overview, q quits"])
        .await;
    stage.quit().await;
    let mut stage = demo("polls = 0\n").await;
    stage.until(&["16 of 16"]).await;
    stage.press("/prod-data");
    stage.until(&["/ prod-data▏", "1 of"]).await;
    stage.press("<enter><esc>");
    // The cursor stays on what was found.
    stage.until(&["search cleared", "prod-data", "16 of"]).await;
    stage.press("/");
    stage.until(&["/ ▏"]).await;
    stage.press("<up>");
    stage.until(&["/ prod-data▏", "1 of"]).await;
    stage.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_filter_that_keeps_nothing_says_which_condition_and_what_is_there() {
    let folder = TempDir::new().unwrap();
    let mut stage = open(&folder).await;
    stage.press("fresource-group = rg-web and meter = E8<enter>");
    let told =
        "meter = E8 leaves none of the 2 rows with resource-group = rg-web, whose meter is D4,";
    let empty = stage
        .until(&["no row matches the filter", "leaves none"])
        .await;
    // The status line is wrapped.
    let words: Vec<&str> = empty.split_whitespace().collect();
    assert!(words.join(" ").contains(told), "{empty}");
    // The table before stays in view, also behind a filter that fails.
    assert!(empty.contains("63.30"), "{empty}");
    assert!(empty.contains("the table before this:"), "{empty}");
    stage.press("f<ctrl-u>resource-grp = rg-web<enter>");
    let wrong = stage.until(&["there is no column `resource-grp`"]).await;
    assert!(wrong.contains("63.30"), "{wrong}");
    stage.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bare_word_is_a_filter_of_the_group_column_or_of_every_text_column() {
    let folder = TempDir::new().unwrap();
    let mut stage = open(&folder).await;
    stage.press("fweb<enter>");
    stage.until(&["filter  resource-group ~ web", "Σ 1"]).await;
    stage.press("f<ctrl-u>D8<enter>");
    // No resource group has it, but a meter and a machine do.
    stage.until(&["ResourceId ~ D8 or", "rg-web", "7.50"]).await;
    stage.press("f<ctrl-u>nowhere<enter>");
    stage.until(&["no text column has `nowhere`"]).await;
    // The name of a column is no word to look for.
    stage.press("f<ctrl-u>meter<enter>");
    stage.until(&["a comparison is missing"]).await;
    stage.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_have_short_titles_and_totals_are_never_cut() {
    let folder = TempDir::new().unwrap();
    let mut stage = open(&folder).await;
    stage.press("<end>r");
    let rows = stage.until(&["not grouped (rows)", "Σ 2 rows"]).await;
    let titles: Vec<&str> = rows
        .lines()
        .find(|line| line.contains("date "))
        .map(|line| line.split_whitespace().collect())
        .unwrap_or_default();
    let first = [
        "date", "cost", "↓", "cur", "meter", "quantity", "charge", "resource",
    ];
    assert!(titles.starts_with(&first), "{rows}");
    stage.quit().await;
    let mut text = "Date,ResourceGroup,Cost,Currency\n".to_owned();
    for at in 0..1200 {
        text.push_str(&format!(
            "2026-09-01,rg-{at},1,EUR\n2026-10-01,rg-{at},2,EUR\n"
        ));
    }
    let mut stage = Stage::on_file(folder.path(), "months.csv", &text).await;
    stage.until(&["Σ 1,200 groups  "]).await;
    stage.press("C<enter>");
    stage
        .until(&["Σ 1,200 groups  1,200.00 → 2,400.00 EUR, +1,200.00"])
        .await;
    stage.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pinned_scope_is_marked_where_it_stands() {
    let mut stage = demo("").await;
    stage.until(&["16 of 16"]).await;
    stage.press("/prod-online");
    stage.until(&["/ prod-online▏", "1 of"]).await;
    stage.press("<enter> ");
    stage.until(&["› ★ prod-online", "pinned ★"]).await;
    stage.press(" ");
    let gone = stage.until(&["unpinned", "›   prod-online"]).await;
    assert!(!gone.contains('★'), "{gone}");
    stage.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_opens_from_inside_and_a_typed_path_is_never_lost() {
    let folder = TempDir::new().unwrap();
    let other = "Date,ResourceGroup,Cost,Currency\n2026-10-01,rg-other,3,EUR\n";
    file(folder.path(), "other.csv", other);
    let mut stage = open(&folder).await;
    let place = folder.path().display();
    stage.press(&format!("O{place}/o<tab>"));
    stage.until(&["october.csv other.csv"]).await;
    stage.press("th<tab>");
    stage.until(&["other.csv▏"]).await;
    stage.press("<enter>");
    stage.until(&["other.csv", "rg-other", "Σ 1"]).await;
    // What cannot be opened stays in its prompt, and the table stays open.
    stage.press("O");
    let prompt = stage.until(&["by commas.", "completes paths"]).await;
    assert!(!prompt.contains('⟦'), "{prompt}");
    stage.press("no-such-file<enter>");
    stage
        .until(&["no-such-file▏", "neither a file or folder nor"])
        .await;
    stage.press("<tab>");
    stage.until(&["no file or folder begins like this"]).await;
    stage.press("<esc>");
    stage.until(&["rg-other", "Σ 1"]).await;
    stage.press("w/<enter>");
    stage.until(&["Save this view as", "/▏"]).await;
    stage.press("<esc><bksp>");
    stage.until(&["nothing open", "0 reports"]).await;
    stage.quit().await;
}

#[test]
fn paths_are_completed_as_far_as_they_agree() {
    use costscope::ops::explore::path_completion::complete;
    let folder = TempDir::new().unwrap();
    let place = folder.path().display().to_string();
    for name in ["cost-09.csv", "cost-10.csv", "größe.csv", ".hidden"] {
        file(folder.path(), name, "x");
    }
    std::fs::create_dir(folder.path().join("exports")).unwrap();
    let cases = [
        ("c", "cost-", 2),
        ("cost-1", "cost-10.csv", 1),
        ("gr", "größe.csv", 1),
        ("e", "exports/", 1),
        (".", ".hidden", 1),
        ("", "", 4),
        ("x", "x", 0),
    ];
    for (typed, text, count) in cases {
        let found = complete(&format!("a.csv, {place}/{typed}"));
        assert_eq!(found.text, format!("a.csv, {place}/{text}"), "{typed}");
        assert_eq!(found.names.len(), count, "{typed}: {:?}", found.names);
    }
    let nowhere = complete("/no/such/folder/a");
    assert_eq!(
        (nowhere.text.as_str(), nowhere.names.len()),
        ("/no/such/folder/a", 0)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_other_metric_and_the_month_before_open_in_the_same_view() {
    let mut stage = newest_of_three_months().await;
    stage.press("A");
    stage
        .until(&["amortized · 2026-10", "group   service", "Σ"])
        .await;
    stage.press("{");
    stage
        .until(&["amortized · 2026-09", "group   service", "Σ"])
        .await;
    stage.press("}");
    stage.until(&["amortized · 2026-10", "Σ"]).await;
    stage.press("}");
    stage.until(&["the ledger has no report of 2026-11"]).await;
    stage.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn months_of_one_table_are_stepped_through() {
    let folder = TempDir::new().unwrap();
    let text = "Date,ResourceGroup,Cost,Currency\n\
        2026-08-01,rg-a,1,EUR\n2026-09-01,rg-a,2,EUR\n2026-10-01,rg-a,4,EUR\n";
    let mut stage = Stage::on_file(folder.path(), "three.csv", text).await;
    stage.until(&["rg-a", "7.00"]).await;
    stage.press("{");
    stage.until(&["days: 2026-10", "4.00 EUR"]).await;
    stage.press("{");
    stage.until(&["days: 2026-09", "2.00 EUR"]).await;
    stage.press("}}");
    stage.until(&["there is no further month"]).await;
    stage.press("A");
    stage.until(&["no file of the other metric"]).await;
    stage.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dropped_value_keeps_the_cursor_in_place() {
    let folder = TempDir::new().unwrap();
    let mut stage = open(&folder).await;
    stage.press("<down>-");
    stage
        .until(&["resource-group != rg-web", "› rg-old", "Σ 3"])
        .await;
    stage.press("-");
    stage.until(&["› rg-back", "Σ 2"]).await;
    stage.press("-");
    stage.until(&["› rg-db", "Σ 1"]).await;
    stage.quit().await;
}
