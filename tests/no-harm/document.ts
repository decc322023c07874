import { table } from "../../docs/generator/markdown.ts";
import type { Difference } from "./compare.ts";
import { type Reason, reasonOf } from "./reasons.ts";
import type { Results } from "./result.ts";
import type { Suite } from "./suites.ts";

/** What came of one suite. */
export interface Outcome {
	readonly suite: Suite;
	readonly version: string;
	/** The tag or branch that the tests are from. */
	readonly tests: string;
	readonly bare: Results;
	readonly ours: Results;
	readonly differences: readonly Difference[];
	/** How many of them there are also where errors are the framework's. */
	readonly leftWithoutErrors: number;
}

const HEAD = `# Installing us changes nothing else

The tests that Express and Fastify have of themselves are run twice: as they are, and with \`productionReady()\` on every
app that they make. On Express it is the first middleware, mounted when the app's router is made; on Fastify it is registered
right after the constructor and not awaited. Nothing else is changed, neither in the tests nor in the framework.

What passes bare and fails with us is listed below, each test with its reason. The reason is tried as well: every listed
test is run again with all rooms off but one, and has beside it the rooms that make it fail alone. Most are about what is said of
an error: with \`errors: false\`, which leaves that to the framework, few differ.`;

/** The page, and the lines of tests in it by which the next run is held against it. */
export function noHarmPage(outcomes: readonly Outcome[], date: string): string {
	return [
		"<!-- Written by `pnpm no-harm` from the results of the tests: not to be edited. -->",
		HEAD,
		`Run on ${date} with Node ${process.versions.node}. Not counted: tests that are skipped, and those that only say again what
the tests within them have said.`,
		table([
			[
				"Suite",
				"Tests from",
				"Tests",
				"Pass bare",
				"Pass with us",
				"Pass bare and not with us",
				"With `errors: false`",
			],
			...outcomes.map(rowOf),
		]),
		HOW,
		...outcomes.flatMap(({ suite, version, differences }) => [
			`## ${suite.name}`,
			...sectionsOf(differences, `${suite.package} ${version}`),
		]),
		"",
	]
		.join("\n\n")
		.trimEnd()
		.concat("\n");
}

const HOW = `## To run it again

\`pnpm no-harm\` writes this page; \`pnpm no-harm --check\` only says what has changed in the lists, and fails if anything has. It
fetches the packages and what their tests need from npm, and the tests of Express, which its package does not have, from its
repository: \`pnpm no-harm --express <folder or URL of a clone>\` takes them from elsewhere. One suite alone, which writes
nothing: \`pnpm no-harm --suite "Express 5"\`. All of it took ten minutes on two busy processors.

Where it is not what comes by default:

- \`NODE_ENV=test\`, in both runs: our handlers of signals and crashes are not installed, as the tests of a program would have it.
- \`platform: "plain"\`: the figures of a platform would depend on the machine that it runs on.
- The limit of 300 requests a minute is on: each app counts for itself, and no test sends as many to one app.
- A test that fails with us is run once more both ways, and one that then passes is not listed. A test that says nothing for
  20 seconds has failed.`;

function rowOf(outcome: Outcome): readonly string[] {
	const { suite, version, tests, bare, ours, differences, leftWithoutErrors } = outcome;
	const ran = [...bare.values()].filter(({ outcome }) => outcome !== "skipped");
	return [
		`${suite.name} (${version})`,
		tests,
		ran.length,
		passed(bare),
		passed(ours),
		differences.length,
		leftWithoutErrors,
	].map(String);
}

function passed(results: Results): number {
	return [...results.values()].filter(({ outcome }) => outcome === "passed").length;
}

function sectionsOf(differences: readonly Difference[], version: string): readonly string[] {
	const groups = new Map<Reason | undefined, Difference[]>();
	for (const difference of differences) {
		const reason = reasonOf(difference);
		groups.set(reason, [...(groups.get(reason) ?? []), difference]);
	}
	if (groups.size === 0) return [`Every test that passes on ${version} passes with us.`];
	const largestFirst = [...groups].sort(([, one], [, other]) => other.length - one.length);
	return largestFirst.map(([reason, group]) => {
		const text = reason?.text ?? "**No reason is known.**";
		const lines = group.map(({ name, causes }) => `- ${lineOf(name, causes)}`).sort();
		return `${text}\n\n${lines.join("\n")}`;
	});
}

/** The names of tests hold what Markdown would take for its own. */
function lineOf(name: string, causes: readonly string[]): string {
	return `${name.replace(/[\\`*_<>[\]]/g, "\\$&")} (${causes.join(", ")})`;
}

/** The tests that a page lists, each behind the name of its suite. */
export function listedTests(page: string): ReadonlySet<string> {
	const [, ...sections] = page.split(/^## /m);
	const lines = sections.flatMap((section) => {
		const [suite, ...rest] = section.split("\n");
		return rest.filter((line) => line.startsWith("- test/")).map((line) => `${suite}: ${line.slice(2)}`);
	});
	return new Set(lines);
}
