//! A plain text table with aligned columns.

/// Lays out rows under headers, columns two spaces apart, numbers to the right.
pub(in crate::cli) fn table(headers: &[&str], rows: &[Vec<String>]) -> String {
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count());
        cells.chain([headers[column].chars().count()]).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..headers.len()).map(width).collect();
    let line = |cells: &[String]| {
        let padded: Vec<String> = cells
            .iter()
            .zip(&widths)
            .enumerate()
            .map(|(column, (cell, width))| pad(cell, *width, column > 0))
            .collect();
        padded.join("  ").trim_end().to_owned() + "\n"
    };
    let headers: Vec<String> = headers.iter().map(|&header| header.to_owned()).collect();
    std::iter::once(line(&headers)).chain(rows.iter().map(|row| line(row))).collect()
}

fn pad(cell: &str, width: usize, right: bool) -> String {
    let fill = " ".repeat(width.saturating_sub(cell.chars().count()));
    if right { fill + cell } else { cell.to_owned() + &fill }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up() {
        let rows = vec![vec!["a::b".to_owned(), "12".to_owned()], vec!["c".to_owned(), "3".to_owned()]];
        insta::assert_snapshot!(table(&["function", "tried"], &rows), @r"
        function  tried
        a::b         12
        c             3
        ");
    }
}
