import { spawnSync } from "node:child_process";
import { hear, tell } from "../speech.mjs";

/** A tool, such as a migration, that has the outputs of the program. */
export function setUp() {
	hear("run tool", () => {
		spawnSync("true", { stdio: ["ignore", "inherit", "inherit"] });
		tell("tool has run");
	});
}
