/**
 * Starts each preset on both frameworks, has them graded by MDN's HTTP Observatory and held against what OWASP's Secure
 * Headers Project asks for, and writes the grades into `docs/security.md`: `pnpm security`. Both come from the network;
 * `pnpm security --lists <folder>` takes OWASP's three files from a folder. What cannot be had is said, and nothing is written.
 */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import https from "node:https";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { code, table } from "../../docs/generator/markdown.ts";
import { withBlocks } from "../../docs/generator/readme-tables.ts";
import { GRADED, headersFingerprint } from "../../docs/generator/security-page.ts";
import { ROOT } from "../run-to-end.ts";
import {
	FRAMEWORKS,
	type FrameworkName,
	PATHS,
	PRESETS,
	type PresetName,
	startGraded,
} from "./graded-server.ts";
import { fetchObservatory, type Grade, gradeByObservatory, OBSERVATORY } from "./observatory.ts";
import { type Heard, isMet, type Owasp, readOwasp } from "./owasp.ts";

/** What the presets for strangers have to earn; `internal` has no strangers, and is written down as it comes. */
const PROMISED: readonly PresetName[] = ["api", "web"];

/** Cases that a preset does not meet on purpose: each with its reason, which stands below the table. */
const ON_PURPOSE: readonly (readonly [preset: PresetName, header: string, reason: string])[] = [
	[
		"web",
		"Referrer-Policy",
		"`same-origin` and not `no-referrer`. Under `no-referrer` a browser says `Origin: null` of the page's own forms too (Fetch " +
			"standard), and over http, or in a browser that knows no `Sec-Fetch-Site`, nothing else tells them from forged ones. An app " +
			'on https alone may say `headers: { referrerPolicy: { policy: "no-referrer" } }`, and meets this case too.',
	],
];

interface Result {
	readonly preset: PresetName;
	readonly framework: FrameworkName;
	readonly grade: Grade;
	readonly cases: readonly (readonly [name: string, isMet: boolean])[];
	readonly page: Heard;
	readonly logout: Heard;
	/** Names that should have been taken away and were not. */
	readonly left: readonly string[];
}

const { values } = parseArgs({ options: { lists: { type: "string" } } });
const owasp = await had("OWASP's lists", () => readOwasp(values.lists));
const observatory = await had("MDN's HTTP Observatory", async () => fetchObservatory());
if (owasp === undefined || observatory === undefined) {
	console.error("nothing was graded, and docs/security.md stays as it is");
	process.exit(1);
}

const results: Result[] = [];
for (const preset of PRESETS) {
	for (const framework of FRAMEWORKS) results.push(await look(preset, framework, owasp, observatory));
}
writeFileSync(
	join(ROOT, "docs/security.md"),
	withBlocks("docs/security.md", { graders: block(results, owasp) }),
);
const short = results
	.filter(({ preset }) => PROMISED.includes(preset))
	.filter((result) => !keepsPromise(result));
for (const { preset, framework } of short)
	console.error(`${preset} on ${framework} falls short of what we promise`);
// What the servers have started, such as the signals' handlers, would wait for more.
process.exit(short.length === 0 ? 0 : 1);

async function had<Value>(what: string, get: () => Promise<Value>): Promise<Value | undefined> {
	try {
		return await get();
	} catch (error) {
		console.error(`${what} could not be had: ${error instanceof Error ? error.message : String(error)}`);
		return undefined;
	}
}

async function look(
	preset: PresetName,
	framework: FrameworkName,
	lists: Owasp,
	entry: string,
): Promise<Result> {
	const server = await startGraded(framework, preset);
	try {
		const heard = new Map<string, Heard>();
		for (const path of PATHS) heard.set(path, await hear(server.port, path));
		const [page, logout] = [heard.get("/")!, heard.get("/logout")!];
		const grade = await gradeByObservatory(entry, server.port);
		const result = {
			preset,
			framework,
			grade,
			cases: lists.cases.map((one) => [one.name, isMet(one, page, logout)] as const),
			page,
			logout,
			left: lists.remove.headers.filter((name) =>
				[...heard.values()].some(({ headers }) => name.toLowerCase() in headers),
			),
		};
		console.log(
			`${preset} on ${framework}: ${scoreOf(result)}, ${suiteOf(result)}, ${result.left.length} left`,
		);
		return result;
	} finally {
		await server.close();
	}
}

async function hear(port: number, path: string): Promise<Heard> {
	return new Promise((resolve, reject) => {
		const options = { host: "localhost", port, path, rejectUnauthorized: false, agent: false };
		https
			.get(options, (response) => {
				response.resume();
				const headers = Object.entries(response.headers).map(([name, value]) => [name, String(value)]);
				resolve({ status: response.statusCode!, headers: Object.fromEntries(headers) });
			})
			.on("error", reject);
	});
}

function keepsPromise({ preset, grade, cases, left }: Result): boolean {
	const unmet = cases.filter(([, isMet]) => !isMet).map(([name]) => name);
	const excused = ON_PURPOSE.filter(([of]) => of === preset).map(([, header]) => header);
	return grade.total.grade === "A+" && String(unmet) === String(excused) && left.length === 0;
}

function scoreOf({ grade }: Result): string {
	return `${grade.total.grade} (${grade.total.score})`;
}

function suiteOf({ cases }: Result): string {
	return `${cases.filter(([, isMet]) => isMet).length}/${cases.length}`;
}

/** One cell where both frameworks say the same, which they should. */
function cell(preset: PresetName, tell: (result: Result) => string): string {
	const told = results.filter((result) => result.preset === preset).map(tell);
	assert.equal(told.length, FRAMEWORKS.length);
	return new Set(told).size === 1
		? told[0]!
		: told.map((text, index) => `${FRAMEWORKS[index]}: ${text}`).join("; ");
}

function row(first: string, tell: (result: Result) => string): string[] {
	return [first, ...PRESETS.map((preset) => cell(preset, tell))];
}

/** The header that a case is about, and whether it is to be there. */
function caseTitle(name: string): string {
	const [header, ...more] = name.split(" ");
	return more.length === 0 ? header! : `${header}: not there`;
}

function block(all: readonly Result[], { add, remove, cases, suiteHash }: Owasp): string {
	const head = PRESETS.map((preset) => code(preset, true));
	const [{ grade: first }] = all as [Result, ...Result[]];
	const today = new Date().toISOString().slice(0, 10);
	const sent = ({ page, logout }: Result, name: string): string | undefined =>
		(name === "Clear-Site-Data" ? logout : page).headers[name.toLowerCase()];
	return [
		`Graded on ${today}, Express and Fastify with the same result unless a cell says otherwise. ${GRADED}\`${headersFingerprint()}\`.`,
		"",
		table([
			["", ...head],
			row("HTTP Observatory: grade (score)", scoreOf),
			row("OWASP's suite: cases met", suiteOf),
			row("OWASP's list of headers to add: sent", (result) => {
				const there = add.headers.filter(({ name }) => sent(result, name) !== undefined);
				return `${there.length}/${add.headers.length}`;
			}),
			row("OWASP's list of headers to remove: absent", ({ left }) =>
				left.length === 0
					? `${remove.headers.length}/${remove.headers.length}`
					: `but for ${left.join(", ")}`,
			),
		]),
		"",
		`**MDN's HTTP Observatory**, \`${OBSERVATORY.name}\` ${OBSERVATORY.version}, algorithm ${first.total.algorithmVersion}. 100 points are an A+.`,
		"",
		table([
			["Test", ...head],
			...Object.keys(first.tests).map((name) =>
				row(name, ({ grade }) => {
					const { result, scoreModifier } = grade.tests[name]!;
					return `${result} (${scoreModifier > 0 ? "+" : ""}${scoreModifier})`;
				}),
			),
		]),
		"",
		`**OWASP Secure Headers Project**: the suite of [oshp-validator](https://github.com/oshp/oshp-validator) (\`tests_suite.yml\`, SHA-256 \`${suiteHash}...\`),`,
		`and the lists of [www-project-secure-headers](https://github.com/OWASP/www-project-secure-headers) (\`headers_add.json\` of ${add.last_update_utc.slice(0, 10)}, \`headers_remove.json\` of ${remove.last_update_utc.slice(0, 10)}).`,
		"",
		table([
			["Case of the suite", ...head],
			...cases.map(({ name }, index) =>
				row(caseTitle(name), (result) => (result.cases[index]![1] ? "met" : "not met")),
			),
		]),
		"",
		...ON_PURPOSE.map(
			([preset, header, reason]) => `On purpose: \`${preset}\` sends \`${header}\` as ${reason}`,
		),
		"",
		table([
			["Header to add", ...head],
			...add.headers.map(({ name, value }) =>
				row(name, (result) => {
					const seen = sent(result, name);
					if (seen === undefined) return "not sent";
					return seen.toLowerCase() === value.toLowerCase() ? "as in the list" : "with a value of ours";
				}),
			),
		]),
	].join("\n");
}
