import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { whoKeepsSignals } from "./signal-path.ts";

/** A chain of processes from the first one down to ours, each by its command line. */
function chain(...commandLines: string[]): ReturnType<typeof whoKeepsSignals> {
	const files = new Map<string, string>();
	for (const [index, commandLine] of [...commandLines, "node\0server.js\0"].entries()) {
		files.set(`/proc/${index + 1}/cmdline`, commandLine);
		files.set(`/proc/${index + 1}/stat`, `${index + 1} (a name) with ) S ${index} 1 1`);
	}
	return whoKeepsSignals(commandLines.length + 1, (path) => {
		const text = files.get(path);
		if (text === undefined) throw new Error(`ENOENT ${path}`);
		return text;
	});
}

describe("who keeps stop signals from a process", () => {
	const cases: readonly (readonly [string, readonly string[], string | undefined])[] = [
		["nobody, where it is the first process", [], undefined],
		["nobody, below an init for containers", ["/usr/bin/tini\0--\0"], undefined],
		["a shell that is the first process", ["/bin/sh\0-c\0node server.js; true\0"], "sh"],
		["a script for a shell", ["/bin/bash\0/entrypoint.sh\0"], "bash"],
		["npm, which has written itself a title", ["npm start\0", "sh\0-c\0node server.js\0"], "npm"],
		["npm below an init", ["/usr/bin/tini\0--\0", "npm start", "sh\0-c\0node server.js\0"], "npm"],
		["yarn, by its script", ["node\0/opt/yarn/bin/yarn.js\0start\0"], "yarn.js"],
		["pnpm, by its script", ["/usr/local/bin/node\0/usr/bin/pnpm\0start\0"], "pnpm"],
		[
			"nobody, as a service: systemd stops the whole group",
			["/lib/systemd/systemd\0", "npm start"],
			undefined,
		],
		["nobody, at a terminal of a machine", ["/sbin/init\0", "-bash\0", "npm start"], undefined],
		["nobody, below another program", ["/usr/bin/supervisord\0"], undefined],
		["nobody, below a shell that something else has started", ["/agent\0", "bash\0"], undefined],
	];
	for (const [name, commandLines, keeper] of cases) {
		test(name, () => assert.equal(chain(...commandLines), keeper));
	}

	test("nobody that is known, where there is no /proc", () => {
		assert.equal(
			whoKeepsSignals(1, () => {
				throw new Error("ENOENT");
			}),
			undefined,
		);
	});

	test("nobody that is known, in a process that another namespace has started", () => {
		const read = (path: string): string => (path.endsWith("cmdline") ? "pause\0" : "7 (node) S 0 1");
		assert.equal(whoKeepsSignals(7, read), undefined);
	});
});
