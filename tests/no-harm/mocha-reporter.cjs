/** A reporter of mocha, old and new: a line of JSON for each test, into the file that RESULTS names. */
const { appendFileSync } = require("node:fs");
const { relative } = require("node:path");

const OUTCOMES = { pass: "passed", fail: "failed", pending: "skipped" };

module.exports = function Reporter(runner) {
	for (const [event, outcome] of Object.entries(OUTCOMES)) {
		runner.on(event, (test, error) => {
			const file = relative(process.cwd(), test.file ?? test.parent?.file ?? "");
			const reason = error ? (error.stack ?? String(error)) : "";
			appendFileSync(
				process.env.RESULTS,
				`${JSON.stringify({ file, title: test.fullTitle(), outcome, reason })}\n`,
			);
		});
	}
};
