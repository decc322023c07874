import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";

/** Where the OWASP Secure Headers Project publishes what we are held against. None of it is kept here. */
const SOURCES = {
	"headers_add.json":
		"https://raw.githubusercontent.com/OWASP/www-project-secure-headers/master/ci/headers_add.json",
	"headers_remove.json":
		"https://raw.githubusercontent.com/OWASP/www-project-secure-headers/master/ci/headers_remove.json",
	"tests_suite.yml": "https://raw.githubusercontent.com/oshp/oshp-validator/main/tests_suite.yml",
} as const;

type Condition = string | { readonly or: readonly string[] };

export interface Owasp {
	readonly add: {
		readonly last_update_utc: string;
		readonly headers: readonly { name: string; value: string }[];
	};
	readonly remove: { readonly last_update_utc: string; readonly headers: readonly string[] };
	readonly cases: readonly TestCase[];
	/** The suite bears no date: this tells which one it was. */
	readonly suiteHash: string;
}

export interface TestCase {
	readonly name: string;
	readonly steps: readonly { readonly url: string; readonly assertions: readonly Condition[] }[];
}

/** From a folder that has the three files, else from where they are published. */
export async function readOwasp(folder: string | undefined): Promise<Owasp> {
	const read = async (name: keyof typeof SOURCES): Promise<string> => {
		if (folder !== undefined) return readFileSync(join(folder, name), "utf8");
		const response = await fetch(SOURCES[name], { signal: AbortSignal.timeout(10_000) });
		if (!response.ok) throw new Error(`${SOURCES[name]}: ${response.status}`);
		return response.text();
	};
	const suite = await read("tests_suite.yml");
	return {
		add: JSON.parse(await read("headers_add.json")),
		remove: JSON.parse(await read("headers_remove.json")),
		cases: parse(suite).testcases,
		suiteHash: createHash("sha256").update(suite).digest("hex").slice(0, 12),
	};
}

/** What a client heard, headers by their names in lower case. */
export interface Heard {
	readonly status: number;
	readonly headers: Readonly<Record<string, string>>;
}

/** Judges a test case of the suite as Venom would, which has the suite's words. */
export function isMet({ steps }: TestCase, page: Heard, logout: Heard): boolean {
	return steps.every(({ url, assertions }) => {
		const heard = url.includes("logout_url") ? logout : page;
		return assertions.every((condition) =>
			typeof condition === "string"
				? holds(condition, heard)
				: condition.or.some((alternative) => holds(alternative, heard)),
		);
	});
}

const VERBS: Readonly<Record<string, (seen: string | undefined, wanted: readonly string[]) => boolean>> = {
	ShouldEqual: (seen, [wanted]) => seen === wanted,
	ShouldNotBeNil: (seen) => seen !== undefined,
	ShouldBeNil: (seen) => seen === undefined,
	ShouldBeIn: (seen, wanted) => seen !== undefined && wanted.includes(seen),
	ShouldContainSubstring: (seen, [wanted]) => seen?.includes(wanted!) === true,
	ShouldNotContainSubstring: (seen, [wanted]) => seen !== undefined && !seen.includes(wanted!),
};

function holds(assertion: string, { status, headers }: Heard): boolean {
	const [, subject, verb, rest] = /^result\.(\S+) (\w+)\s*(.*)$/.exec(assertion) ?? [];
	const judge = VERBS[verb ?? ""];
	if (subject === undefined || judge === undefined) throw new Error(`cannot judge: ${assertion}`);
	const wanted = [...rest!.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map(([, a, b, c]) => (a ?? b ?? c)!);
	const seen =
		subject === "statuscode" ? String(status) : headers[subject.replace("headers.", "").toLowerCase()];
	return judge(seen, wanted);
}
