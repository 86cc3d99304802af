use expensify_client::{ExpenseId, ExportQuery, PolicyId, Reimburse, ReportId};

fn main() {
    let policy = PolicyId::new("A").unwrap();
    let report = ReportId::new("R00A").unwrap();
    let expense = ExpenseId::new("1").unwrap();
    let _ = ExportQuery::reports([policy.clone()]); //~ E0271
    let _ = ExportQuery::reports([report.clone()])
        .unwrap()
        .in_policies([report.clone()]); //~ E0271
    let _ = Reimburse::reports([expense.clone()]); //~ E0271
    let _ = report == policy; //~ E0308
    let _: ReportId = expense.into(); //~ E0277
}
