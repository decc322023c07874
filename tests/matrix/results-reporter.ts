/** A reporter of node:test for the matrix: one line of JSON for each test that has ended. */
import type { TestEvent } from "node:test/reporters";

/** How one test ended. */
export interface Result {
	readonly name: string;
	readonly outcome: "passed" | "failed" | "skipped";
	/** Why it failed, or why it could not run. */
	readonly reason: string;
	/** What its programs printed, where it failed. */
	readonly output: string;
}

interface EndOfTest {
	readonly name: string;
	readonly skip?: string | boolean;
	readonly details: { readonly type?: string; readonly error?: Error };
}

export default async function* report(events: AsyncIterable<TestEvent>): AsyncGenerator<string> {
	let failed: Result | undefined;
	for await (const { type, data } of events) {
		// What a failed test has to say comes right after it.
		if (type === "test:diagnostic" && failed !== undefined) {
			failed = { ...failed, output: `${failed.output}${(data as { message: string }).message}\n` };
			continue;
		}
		if (failed !== undefined) yield `${JSON.stringify(failed)}\n`;
		failed = undefined;
		if (type !== "test:pass" && type !== "test:fail") continue;
		const { name, skip, details } = data as unknown as EndOfTest;
		if (details.type === "suite") continue;
		if (type === "test:fail")
			failed = { name, outcome: "failed", reason: reasonOf(details.error), output: "" };
		else yield `${JSON.stringify(passed(name, skip))}\n`;
	}
	if (failed !== undefined) yield `${JSON.stringify(failed)}\n`;
}

function passed(name: string, skip: string | boolean | undefined): Result {
	const isSkipped = skip !== undefined && skip !== false;
	return {
		name,
		outcome: isSkipped ? "skipped" : "passed",
		reason: typeof skip === "string" ? skip : "",
		output: "",
	};
}

/** node:test wraps what a test threw. */
function reasonOf(error: Error | undefined): string {
	const cause = error?.cause ?? error;
	return cause instanceof Error ? cause.message : String(cause);
}
