/**
 * Writes what the docs say about options, errors, headers and variables from the data the library runs on:
 * `node docs/generate.ts`. With `--check` nothing is written, and what is out of date is an error; both hold what
 * hand-written pages say against the code.
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { resultsPage } from "../bench/results-page.ts";
import { costsPage, results } from "./generator/costs-page.ts";
import { errorsPage } from "./generator/errors-page.ts";
import { headersPage } from "./generator/headers-page.ts";
import { faultsOfPages } from "./generator/held-against-code.ts";
import { optionsPage } from "./generator/options-page.ts";
import { ROOT } from "./generator/places.ts";
import { withBlocks } from "./generator/readme-tables.ts";
import { faultsOfGrades, sentBlock } from "./generator/security-page.ts";

const files: Readonly<Record<string, string>> = {
	"docs/reference/options.md": optionsPage,
	"docs/reference/errors.md": errorsPage,
	"docs/reference/headers.md": headersPage,
	"docs/what-it-costs.md": costsPage,
	"bench/results.md": resultsPage(results),
	"README.md": withBlocks("README.md"),
	"docs/security.md": withBlocks("docs/security.md", { sent: sentBlock() }),
};

const isCheck = process.argv.includes("--check");
const faults: string[] = [];
for (const [page, wanted] of Object.entries(files)) {
	const path = join(ROOT, page);
	if (existsSync(path) && readFileSync(path, "utf8") === wanted) continue;
	if (isCheck) faults.push(`${page}: out of date, run: node docs/generate.ts`);
	else writeFileSync(path, wanted);
}
faults.push(...faultsOfPages(), ...faultsOfGrades());
for (const fault of faults) console.error(fault);
process.exitCode = faults.length > 0 ? 1 : 0;
