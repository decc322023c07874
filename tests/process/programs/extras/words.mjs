import { hear, tell } from "../speech.mjs";

/** The program prints lines of its own at a command. */
export function setUp() {
	hear("talk", () => {
		console.log("a word of its own");
		console.error("a complaint of its own");
		tell("talked");
	});
}
