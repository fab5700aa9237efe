//! Saved views in a comparison: its own, those of the table, and those that it cannot use.

use crate::support::pair_files::{example, written};
use crate::support::ui_harness::Stage;
use crate::support::ui_steps::{apply_view, command, save_view};
use costscope::domain::query::saved_view::{ComparisonView, SavedView};
use costscope::store::views::ViewFolder;
use tempfile::TempDir;

async fn pair(folder: &TempDir) -> Stage {
    let (actual, amortized) = example(31);
    let (first, second) = written(folder.path(), &actual, &amortized);
    let mut stage = Stage::open("polls = 0\n", (80, 24), vec![first, second]).await;
    stage.until(&["[5 Compare]", "rg-web", "Σ 2 groups"]).await;
    stage
}

fn by(keys: &[&str]) -> SavedView {
    SavedView {
        group_by: keys.iter().map(|key| (*key).to_owned()).collect(),
        ..SavedView::default()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_view_of_a_comparison_is_saved_applied_and_deleted() {
    let folder = TempDir::new().unwrap();
    let mut stage = pair(&folder).await;
    stage.press("W");
    stage
        .until(&["no view is saved yet; w saves this one"])
        .await;
    stage.press("gcharge-type<enter>");
    stage.until(&["by charge-type", "Σ 3 groups"]).await;
    stage.press("fresource-group = rg-web<enter>");
    stage.until(&["filter  resource-group = rg-web"]).await;
    stage.press("[");
    stage.until(&["difference ↑"]).await;
    stage.press("w../x<enter>");
    stage.until(&["use letters", "Save this view as"]).await;
    stage.press("<ctrl-u>web charges<enter>");
    stage.until(&["`web charges` saved in"]).await;
    stage.press("uuu");
    stage
        .until(&["filter  none", "by resource-group", "Σ 2 groups"])
        .await;
    stage.press("W");
    stage
        .until(&[
            "Saved views",
            "web charges",
            "charge-type  resource-group = rg-web",
        ])
        .await;
    stage.press("<enter>");
    let applied = stage
        .until(&["filter  resource-group = rg-web", "by charge-type"])
        .await;
    assert!(!applied.contains("left out"), "{applied}");
    stage.until(&["difference ↑", "Σ 3 groups"]).await;
    let shown = command(&mut stage, "costscope compare").await;
    assert_eq!(shown["group_by"][0], "charge-type");
    assert_eq!(shown["filter"], "resource-group = rg-web");
    // It is one change, which is undone as one.
    stage.press("u");
    stage.until(&["filter  none", "by resource-group"]).await;
    stage.press("W");
    stage.until(&["web charges"]).await;
    stage.press("<ctrl-x>");
    stage.until(&["`web charges` deleted"]).await;
    stage.press("W");
    stage.until(&["no view is saved yet"]).await;
    stage.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_view_of_the_table_says_what_a_comparison_leaves_out() {
    let folder = TempDir::new().unwrap();
    let mut stage = pair(&folder).await;
    let of_table = SavedView {
        filter: Some("resource-group = rg-db".to_owned()),
        sort: vec!["-charge-type".to_owned(), "cost".to_owned()],
        top: Some(5),
        picture: Some("heat".to_owned()),
        ..by(&["charge-type"])
    };
    save_view(&stage, "view of the table", &of_table);
    apply_view(&mut stage, "view of the table").await;
    stage
        .until(&["left out: sort by cost, top 5, picture heat"])
        .await;
    stage
        .until(&[
            "filter  resource-group = rg-db",
            "by charge-type",
            "Σ 1 group ",
        ])
        .await;
    let shown = command(&mut stage, "costscope compare").await;
    assert_eq!(shown["groups"][0]["keys"][0], "Usage");
    // Rows have no place in a comparison, whose groups stay.
    save_view(&stage, "view of rows", &by(&[]));
    apply_view(&mut stage, "view of rows").await;
    stage
        .until(&["left out: rows instead of groups", "by charge-type"])
        .await;
    stage.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_view_without_rows_or_with_an_unknown_column_can_be_undone() {
    let folder = TempDir::new().unwrap();
    let mut stage = pair(&folder).await;
    save_view(&stage, "view unknown", &by(&["Colour"]));
    let nothing = SavedView {
        filter: Some("resource-group = rg-none".to_owned()),
        ..by(&["meter"])
    };
    save_view(&stage, "view of nothing", &nothing);
    apply_view(&mut stage, "view unknown").await;
    stage.until(&["there is no column", "by Colour"]).await;
    stage.press("u");
    stage.until(&["by resource-group", "Σ 2 groups"]).await;
    apply_view(&mut stage, "view of nothing").await;
    stage
        .until(&["no row matches on either side", "Σ 0 groups"])
        .await;
    stage.press("u");
    stage.until(&["by resource-group", "Σ 2 groups"]).await;
    stage.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn views_that_cannot_be_used_say_why_and_change_nothing() {
    let folder = TempDir::new().unwrap();
    let mut stage = pair(&folder).await;
    let statement = SavedView {
        sql: Some("SELECT 1".to_owned()),
        ..SavedView::default()
    };
    save_view(&stage, "view in SQL", &statement);
    let wrong = SavedView {
        filter: Some("cost >".to_owned()),
        ..by(&["meter"])
    };
    save_view(&stage, "wrong view", &wrong);
    let order = SavedView {
        comparison: Some(ComparisonView {
            sort: Some("rows".to_owned()),
            ..ComparisonView::default()
        }),
        ..by(&["meter"])
    };
    save_view(&stage, "view by rows", &order);
    let views = stage.folder.path().join("views");
    std::fs::write(views.join("broken.toml"), "colour = 1\n").unwrap();
    apply_view(&mut stage, "view in SQL").await;
    stage
        .until(&["it is an SQL statement, which the table (4)"])
        .await;
    apply_view(&mut stage, "wrong view").await;
    stage.until(&["cannot be used: filter: "]).await;
    apply_view(&mut stage, "view by rows").await;
    stage
        .until(&["`rows` is not an order of a comparison"])
        .await;
    stage.press("W");
    stage.until(&["broken", "(cannot be used: "]).await;
    stage.press("broken<enter>");
    stage
        .until(&["`broken` cannot be used", "by resource-group"])
        .await;
    stage.press("u");
    stage.until(&["nothing to undo"]).await;
    stage.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_view_of_the_released_format_applies() {
    let folder = TempDir::new().unwrap();
    let mut stage = pair(&folder).await;
    let views = stage.folder.path().join("views");
    save_view(&stage, "other", &by(&["meter"]));
    let released = include_str!("fixtures/released/views/usage by group.toml");
    std::fs::write(views.join("usage by group.toml"), released).unwrap();
    apply_view(&mut stage, "usage by group").await;
    stage
        .until(&["filter  charge-type = Usage", "by resource-group"])
        .await;
    stage.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_view_of_a_comparison_applies_to_a_table_which_says_what_it_leaves_out() {
    let folder = TempDir::new().unwrap();
    let mut stage = pair(&folder).await;
    let of_pair = SavedView {
        filter: Some("resource-group = rg-web".to_owned()),
        comparison: Some(ComparisonView {
            sort: Some("-residual".to_owned()),
            ..ComparisonView::default()
        }),
        ..by(&["charge-type"])
    };
    save_view(&stage, "view of the pair", &of_pair);
    stage.press("<");
    stage.until(&["[4 Table]", "· actual"]).await;
    apply_view(&mut stage, "view of the pair").await;
    stage.until(&["left out: sort by -residual"]).await;
    stage
        .until(&["resource-group = rg-web", "charge-type", "365.00 USD"])
        .await;
    stage.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_masked_list_of_views_names_none() {
    let folder = TempDir::new().unwrap();
    let mut stage = pair(&folder).await;
    let view = SavedView {
        filter: Some("resource-group = rg-web".to_owned()),
        top: Some(3),
        ..by(&["charge-type"])
    };
    save_view(&stage, "contoso charges", &view);
    stage.press("p");
    stage.until(&["names and ids are hidden"]).await;
    stage.press("W");
    let list = stage.until(&["Saved views", "›     •"]).await;
    assert!(!list.contains("contoso"), "{list}");
    stage.press("<enter>");
    let applied = stage.until(&["by charge-type", "Σ 3 groups"]).await;
    assert!(!applied.contains("contoso"), "{applied}");
    assert!(!applied.contains("rg-web"), "{applied}");
    stage.quit().await;
}

#[test]
fn a_view_of_a_comparison_round_trips_as_a_file() {
    let folder = TempDir::new().unwrap();
    let views = ViewFolder::new(folder.path());
    let view = SavedView {
        widths: [("cost".to_owned(), "wide".to_owned())].into(),
        comparison: Some(ComparisonView {
            sort: Some("-actual".to_owned()),
            ..ComparisonView::default()
        }),
        ..by(&["service"])
    };
    views.save("both", &view).unwrap();
    let found = views.list().unwrap();
    assert_eq!(found[0].1.as_ref().unwrap(), &view);
}
