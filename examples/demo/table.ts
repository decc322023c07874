/** What was measured of one program: what it is called, and what it was. */
export type Rows = readonly (readonly [label: string, value: string])[];

/** Prints what several programs did, side by side; all of them have the same rows. */
export function printTable(title: string, columns: readonly (readonly [name: string, rows: Rows])[]): void {
	const table = [
		[title, ...columns.map(([name]) => name)],
		...columns[0]![1].map(([label], index) => [label, ...columns.map(([, rows]) => rows[index]![1])]),
	];
	const widths = table[0]!.map((_, column) => Math.max(...table.map((row) => row[column]!.length)));
	const [head, ...lines] = table.map((row) =>
		row
			.map((cell, column) => cell.padEnd(widths[column]!))
			.join("  ")
			.trimEnd(),
	);
	const rule = widths.map((width) => "-".repeat(width)).join("  ");
	console.log(["", head, rule, ...lines, ""].join("\n"));
}
