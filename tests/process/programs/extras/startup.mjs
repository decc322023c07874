import { addStartupTask } from "@production-ready/core/health";
import { hear, tell } from "../speech.mjs";

/** A dependency that is up once its test says so. */
export function setUp({ timeoutMs }) {
	let tries = 0;
	let isUp = false;
	hear("database starts", () => {
		isUp = true;
	});
	const connect = () => {
		tries++;
		tell(`attempt ${tries}`);
		if (!isUp) throw new Error("connection refused");
	};
	addStartupTask("database", connect, { timeoutMs }).then(
		() => tell("database is up"),
		({ message }) => tell(`given up: ${message}`),
	);
}
