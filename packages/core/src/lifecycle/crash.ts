import type { Code } from "../errors.ts";
import { ProductionReadyError } from "../errors.ts";
import { describeError } from "../log/describe-error.ts";
import { writeStderr } from "../log/line-writer.ts";
import type { CrashValues } from "./lifecycle-settings.ts";

export interface CrashParts {
	readonly policy: () => Readonly<CrashValues>;
	/** The request in which it happened. */
	readonly requestId: () => string | undefined;
	/** Ids of the requests that are being served. */
	readonly requestIds: () => readonly string[];
	/** Answers the request that was about to be handled, if it was that. */
	readonly answer: (error: unknown) => void;
	/** Takes the path of a shutdown, with the crash's budget; `reported` is what has to be awaited on the way. */
	readonly begin: (budgetMs: number, reported: Promise<unknown>) => void;
	readonly warn: (error: unknown) => void;
}

export interface CrashHandlers {
	/** Ends the process for a reason of our own, such as a port in use. */
	crash(code: Code, error: unknown, hint?: string): void;
	/** How many errors have followed the first. */
	suppressed(): number;
	/** The first, once there is one. */
	cause(): { readonly error: unknown } | undefined;
	uninstall(): void;
}

/**
 * An exception that nobody caught leaves the process in an unknown state: the fatal line is written at once, by a
 * system call that needs no logger, other requests get the crash budget, and the process exits with 1.
 */
export function handleCrashes(parts: CrashParts): CrashHandlers {
	let crashes = 0;
	let cause: { readonly error: unknown } | undefined;

	function crash(code: Code, error: unknown, hint?: string): void {
		// One cause is enough: what fails after it fails because of it.
		if (crashes++ > 0) return;
		cause = { error };
		writeFatalLine(code, error, hint, parts.requestIds(), parts.requestId());
		parts.answer(error);
		const { budgetMs, onCrash } = parts.policy();
		let report: (reported?: unknown) => void = () => {};
		// Before anything of the program's runs, which may end the process.
		parts.begin(budgetMs, new Promise((resolve) => (report = resolve)));
		try {
			report(onCrash?.(error));
		} catch (failure) {
			writeFatalLine("UNCAUGHT_EXCEPTION", failure, "mend crash.onCrash", []);
			report();
		}
	}

	function onException(error: unknown, origin: NodeJS.UncaughtExceptionOrigin): void {
		const unexpected: Code = origin === "unhandledRejection" ? "UNHANDLED_REJECTION" : "UNCAUGHT_EXCEPTION";
		const [code, hint] = classify(error) ?? [unexpected, undefined];
		crash(code, error, hint);
	}

	// Without a listener of its own for rejections, Node raises them as exceptions.
	function onRejection(error: unknown): void {
		if (parts.policy().unhandledRejections === "warn") parts.warn(error);
		else onException(error, "unhandledRejection");
	}

	process.on("uncaughtException", onException);
	process.on("unhandledRejection", onRejection);
	return {
		crash,
		suppressed: () => Math.max(0, crashes - 1),
		cause: () => cause,
		uninstall() {
			process.off("uncaughtException", onException);
			process.off("unhandledRejection", onRejection);
		},
	};
}

/** What is known of an error. Anything can be thrown, also what throws when it is looked at. */
function classify(error: unknown): readonly [code: Code, hint: string] | undefined {
	try {
		if (error instanceof ProductionReadyError) return [error.code, error.hint];
		return isListenError(error) ? ["LISTEN_FAILED", listenHint(error)] : undefined;
	} catch {
		return undefined;
	}
}

interface ListenError extends NodeJS.ErrnoException {
	readonly port?: number;
	readonly address?: string;
}

function isListenError(error: unknown): error is ListenError {
	return error instanceof Error && (error as ListenError).syscall === "listen";
}

export function listenHint({ code, port }: ListenError): string {
	if (code === "EADDRINUSE") return `stop the process that has port ${port}, or set PORT to another`;
	if (code === "EACCES") return `ports below 1024 belong to root: set PORT to a higher one than ${port}`;
	return "look at the address and the port";
}

function writeFatalLine(
	code: Code,
	error: unknown,
	hint: string | undefined,
	requestIds: readonly string[],
	requestId?: string,
): void {
	const err = describeError(error);
	const line = {
		level: 60,
		time: Date.now(),
		pid: process.pid,
		code,
		hint,
		requestId,
		requestIds,
		err,
		msg: err.message,
	};
	writeStderr(`${JSON.stringify(line)}\n`);
}
