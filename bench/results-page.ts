/** All that was measured, on one page. */

import { GENERATED } from "../docs/generator/markdown.ts";
import * as page from "./page.ts";
import type { Results, Run } from "./results.ts";
import { verdictsOf } from "./verdicts.ts";

export function resultsPage(results: Results): string {
	const { counts, throughput, latency, start, addresses } = results;
	const parts = [
		"# Measured",
		GENERATED,
		"Measured by `pnpm bench`. What the arms are, what is counted how, and what it means: [What it costs](../docs/what-it-costs.md).",
		`## Goals\n\n${page.verdictTable(verdictsOf(results))}`,
		counts && part("Counts", counts.run, page.countsTable(counts.arms)),
		throughput && part("Throughput", throughput.run, page.throughputTables(throughput)),
		latency && part("Latency at a fixed rate", latency.run, page.latencyTable(latency)),
		start && part("Start", start.run, page.startTable(start)),
		addresses && part("A million addresses in memory", addresses.run, page.addressesTable(addresses)),
	];
	return `${parts.filter((text) => text !== undefined).join("\n\n")}\n`;
}

function part(title: string, run: Run, text: string): string {
	return `## ${title}\n\n${page.runLine(run)}\n\n${text}`;
}
