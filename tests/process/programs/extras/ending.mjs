import { shutdown } from "@production-ready/core/lifecycle";
import { hear, tell } from "../speech.mjs";

/** The program ends itself at a command. */
export function setUp() {
	hear("end", () => {
		shutdown("the job is done").then((code) => tell(`never told: ${code}`));
		tell(`the same: ${shutdown("again") === shutdown("and again")}`);
	});
}
