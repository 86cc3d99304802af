//! Drives the sandbox with the crate `expensify`: workspaces, export and download, labels, reimbursement, errors.

use std::error::Error;

use expensify::{
    Client, Credentials, ExportFormat, ExportTemplate, PolicyId, ReimburseTargets, ReportState, ReportsQuery, Url,
};

fn check(name: &str, holds: bool) {
    println!("{} {name}", if holds { "ok" } else { "FAILED" });
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let greeting: serde_json::Value = serde_json::from_str(&std::env::var("WITNESS_SANDBOX")?)?;
    let text = |key: &str| greeting["expensify"][key].as_str().unwrap_or_default().to_owned();
    let url = format!("{}/Integration-Server/ExpensifyIntegrations", text("url"));
    let connect = |secret: String| -> Result<Client, Box<dyn Error>> {
        let credentials = Credentials::new(text("partner_user_id"), secret);
        Ok(Client::builder(credentials).base_url(Url::parse(&url)?).no_rate_limiting().build())
    };
    let client = connect(text("partner_user_secret"))?;

    let policies = client.list_policies().admin_only().await?;
    check("workspaces are listed", policies.len() == 2);

    let studio = PolicyId::new("0A1B2C3D4E5F6071");
    let field = PolicyId::new("1B2C3D4E5F607182");
    let sections = client.get_policies([&studio, &field]).with_categories().with_tags().with_tax().with_employees().await?;
    let hotel = sections[&studio].categories.iter().find(|category| category.name == "Travel:Hotel");
    check("a category has its GL code", hotel.and_then(|category| category.gl_code.as_deref()) == Some("6020"));
    check("taxes are read, and their absence", sections[&studio].tax.is_some() && sections[&field].tax.is_none());
    check("employees are read", sections[&studio].employees.len() == 6);

    let source = std::fs::read_to_string(std::env::var("WITNESS_TEMPLATE")?)?;
    let template: ExportTemplate<String> = ExportTemplate::typed(source);
    let ids = ["R00DemoAmara1", "R00DemoOpen01"].map(expensify::ReportId::new);
    let label = "witness";
    let query = || ReportsQuery::report_ids(ids.clone()).not_yet_exported_as(label);
    let file = client
        .export_reports(&template, query())
        .state(ReportState::Approved)
        .format(ExportFormat::Json)
        .mark_as_exported(label)
        .await?;
    check("an export answers a file name", file.name().starts_with("export") && file.name().contains('.'));
    let content = client.download(&file).await?;
    check("the download is one frame", content.starts_with("{\"k\":\"begin\"") && content.ends_with("\"reports\":1,\"expenses\":4}\n"));
    check("only the approved report is in it", content.contains("R00DemoAmara1") && !content.contains("R00DemoOpen01"));
    let file = client.export_reports(&template, query()).state(ReportState::Approved).format(ExportFormat::Json).await?;
    let content = client.download(&file).await?;
    check("a marked report is left out", content.ends_with("\"reports\":0,\"expenses\":0}\n"));

    let strange: ExportTemplate<String> = ExportTemplate::typed("<#list reports as report>${report.reportID}</#list>");
    let refused = client.export_reports(&strange, ReportsQuery::report_ids(ids.clone())).await;
    check("another template is refused", matches!(refused, Err(expensify::Error::Api(error)) if error.code == 500));

    let outcome = client.mark_reports_reimbursed(ReimburseTargets::report_ids(ids)).tolerate_partial().await?;
    check("reimbursing lists what it skipped", outcome.updated.len() == 1 && outcome.skipped.len() == 1);

    let stranger = connect("wrong".to_owned())?;
    let refused = stranger.list_policies().await;
    check("wrong credentials are an API error in a 200", matches!(refused, Err(expensify::Error::Api(error)) if error.code == 401));
    Ok(())
}
