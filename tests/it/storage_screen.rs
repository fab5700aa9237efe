//! Sources in blob storage on the screen: a SAS that is refused is asked for, and drawn as dots.

use crate::support::ui_harness::Stage;
use crate::support::ui_steps::demo;

const SAS: &str = "sv=2021-12-02&se=2099-01-01T00%3A00%3A00Z&sr=c&sp=rl&sig=bWFkZSB1cCBmb3I%2BdGVzdHM%2F%3D%3D%2B%2F";
const SOURCE: &str = "az://costscopedemo/exports/cost/actual-daily";

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_sas_of_one_side_is_asked_for_and_the_pair_is_opened() {
    // The list of the second side is refused.
    let mut stage = demo("[[storage]]\nfault = \"expired-sas\"\nlist = true\nafter = 1").await;
    stage.until(&["16 of 16"]).await;
    stage.press("O");
    stage.until(&["Open", "a ledger key"]).await;
    let other = SOURCE.replace("actual", "amortized");
    stage.press(&format!("{SOURCE}?{SAS},{other}?{SAS}<enter>"));
    stage.until(&["A new SAS", &other]).await;
    stage.press(&format!("{SAS}<enter>"));
    let shown = stage.until(&["[5 Compare]", "Σ"]).await;
    assert!(!shown.contains("bWFkZSB1cCBmb3I"), "{shown}");
    stage.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_sas_is_is_asked_for_and_the_source_is_opened() {
    let mut stage = demo("[[storage]]\nfault = \"expired-sas\"\nlist = true").await;
    stage.until(&["16 of 16"]).await;
    stage.press("O");
    stage.until(&["Open", "a ledger key"]).await;
    stage.press(&format!("{SOURCE}?{SAS}<enter>"));
    stage.until(&["A new SAS", SOURCE]).await;
    stage.press("nothing<enter>");
    stage.until(&["this is no SAS", "•••••••"]).await;
    stage.press("<ctrl-u>");
    stage.press(SAS);
    let shown = stage.until(&["A new SAS", "••••••••••••••••••••"]).await;
    assert!(!shown.contains("bWFkZSB1cCBmb3I"), "{shown}");
    stage.press("<enter>");
    stage
        .until(&["[4 Table]", "actual-daily", "34,372.19 USD"])
        .await;
    // The list of what is stored names the export.
    let (emulator, folder) = stage.leave().await;
    let mut stage = Stage::on(emulator, folder, (120, 30));
    stage.until(&["16 of 16"]).await;
    stage.press("4");
    stage.until(&["export actual-daily"]).await;
    stage.quit().await;
}
