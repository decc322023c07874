import { crash } from "../crashes.mjs";
import { tell } from "../speech.mjs";

const REPORTS = {
	waits: (error) =>
		new Promise((resolve) => setImmediate(resolve)).then(() => tell(`reported ${error.message}`)),
	hangs: () => new Promise(() => {}),
	throws: () => {
		throw new Error("the tracker is broken");
	},
	rejects: () => Promise.reject(new Error("the tracker is away")),
	crashes: () => crash("error"),
	exits: () => process.exit(),
};

/** An error tracker that hears of crashes, by the way it goes. */
export function setUp(way) {
	return { crash: { budgetMs: 500, onCrash: REPORTS[way] } };
}
