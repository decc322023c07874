import { describeError } from "../log/describe-error.ts";
import { writeStderr } from "../log/line-writer.ts";

/** A listener for `exit` that throws makes `process.exit` throw; at the second call none is asked. */
export function exitNow(code: number): never {
	try {
		return process.exit(code);
	} catch (error) {
		writeStderr(`a listener for exit threw: ${describeError(error).message}\n`);
		return process.exit(code);
	}
}
