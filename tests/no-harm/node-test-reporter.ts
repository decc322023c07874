/**
 * A reporter of node:test: a line of JSON for each test that has no tests of its own; one that has some only says again
 * what they have said.
 */
import { relative } from "node:path";
import type { TestEvent } from "node:test/reporters";
import type { Result } from "./result.ts";

interface Ended {
	readonly name: string;
	readonly nesting: number;
	readonly file?: string;
	readonly skip?: string | boolean;
	readonly todo?: string | boolean;
	readonly details: { readonly type?: string; readonly error?: Error & { failureType?: string } };
}

export default async function* report(events: AsyncIterable<TestEvent>): AsyncGenerator<string> {
	const path: string[] = [];
	/** The depth of the test that was begun last: whoever ends higher up than it has had tests. */
	let depth = 0;
	for await (const { type, data } of events) {
		const { name, nesting, file = "", skip, todo, details } = data as unknown as Ended;
		if (type === "test:start") {
			path.splice(nesting, Infinity, name);
			depth = nesting;
		}
		if (type !== "test:pass" && type !== "test:fail") continue;
		const hasTests = depth > nesting;
		const isFailed = type === "test:fail";
		const isRepeated = hasTests && (!isFailed || details.error?.failureType === "subtestsFailed");
		if (details.type === "suite" || isRepeated) continue;
		const result: Result = {
			file: relative(process.cwd(), file),
			title: path.slice(0, nesting + 1).join(" > "),
			outcome: skip || todo ? "skipped" : isFailed ? "failed" : "passed",
			reason: isFailed ? reasonOf(details.error) : "",
		};
		yield `${JSON.stringify(result)}\n`;
	}
}

/** node:test wraps what a test threw. */
function reasonOf(error: Error | undefined): string {
	const cause = error?.cause ?? error;
	return cause instanceof Error ? (cause.stack ?? cause.message) : String(cause);
}
