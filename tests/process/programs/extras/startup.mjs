import { addStartupTask } from "@production-ready/core/health";
import { tell } from "../speech.mjs";

/** A dependency that comes up after so many attempts, or never. */
export function setUp({ attempts, timeoutMs }) {
	let tries = 0;
	const connect = () => {
		tries++;
		tell(`attempt ${tries}`);
		if (attempts === undefined || tries < attempts) throw new Error("connection refused");
	};
	addStartupTask("database", connect, { timeoutMs }).then(
		() => tell("database is up"),
		({ message }) => tell(`given up: ${message}`),
	);
}
