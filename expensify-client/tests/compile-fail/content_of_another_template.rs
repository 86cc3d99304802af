use expensify_client::{
    Export, ExportQuery, ExportTemplate, ExportedFile, Job, Json, Lines, Reports,
};

fn reply<J: Job>(_: &J) -> J::Reply {
    unreachable!()
}

fn read(_: ExportedFile<Reports>) {}

fn misuse(query: ExportQuery) {
    let rows = Export::new(query, ExportTemplate::<Lines<u8>>::new(""));
    let _: ExportedFile<Json<u8>> = reply(&rows); //~ E0308
    read(reply(&rows)); //~ E0308
    // Only this crate's own template prints reports.
    let _ = ExportTemplate::<Reports>::new(""); //~ E0599
}

fn main() {
    let _ = misuse;
}
