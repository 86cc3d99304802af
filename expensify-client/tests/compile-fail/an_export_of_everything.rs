use expensify_client::ExportQuery;

fn main() {
    let _ = ExportQuery::new(); //~ E0599
    let _ = ExportQuery::default(); //~ E0599
    let _ = ExportQuery::all(); //~ E0599
}
