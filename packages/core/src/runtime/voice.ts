import type { Code } from "../errors.ts";
import type { CheckResult } from "../exchange/room.ts";
import { describeError } from "../log/describe-error.ts";
import { watchDestinations } from "../log/destination.ts";
import { writeStderr } from "../log/line-writer.ts";
import { createLogger, type Logger } from "../log/logger.ts";
import { ownLinesOf } from "../log/own-lines.ts";
import { say } from "../log/say.ts";
import { createStderrLogger } from "../log/stderr-logger.ts";
import type { ProcessOptions } from "./process-options.ts";

/** By what the process speaks: the program's logger, or ours. */
export interface Voice {
	log(): Logger;
	/** A program's logger is watched from the start, whoever writes to it. */
	watch(): void;
	/** Has the logger at hand, in the first turn behind the boot, before the first request has something to say. */
	prepare(): void;
	/** Takes back what waits for that turn. */
	forget(): void;
	/** From now on no line waits for others: whoever stops a process may kill it before its time. */
	writeAtOnce(): void;
	/** Says what is no trouble, in the first turn behind the boot: nobody who starts waits for a logger to be loaded. */
	announce(message: string): void;
	/** Says a thing once a process, with its code. */
	notice(code: Code, message: string, hint: string): void;
	/** What was said once, for `explain()`. */
	readonly notes: readonly string[];
	/** Says that a readiness check has changed its answer. */
	sayReadiness(result: CheckResult, error: unknown): void;
	/** Says that something the process needs cannot be had yet. */
	sayStartup(task: string, error: unknown, waitMs: number): void;
	/** Says that work behind an answer has failed. */
	sayWork(name: string, error: unknown): void;
	/** Says that a hook of a drain has failed. */
	sayDrainHook(error: unknown): void;
}

export function createVoice(options: ProcessOptions): Voice {
	const notes: string[] = [];
	const later = new Set<NodeJS.Immediate>();
	let ownLog: Logger | undefined;

	function inFirstTurn(act: () => unknown): void {
		const turn = setImmediate(() => {
			later.delete(turn);
			act();
		});
		later.add(turn);
	}

	function watch(): void {
		const { logger } = options.logging();
		if (logger !== undefined) watchDestinations(logger);
	}

	// Asked anew each time: an app that comes later may bring its logger, or another level.
	function log(): Logger {
		const { logger, level } = options.logging();
		watch();
		if (logger !== undefined) return logger;
		ownLog ??= load(level);
		if (ownLog.level !== level) ownLog.level = level;
		return ownLog;
	}

	/** A process that ends must not fail to because of its log. */
	function load(level: string): Logger {
		try {
			return createLogger({ level, format: options.config()?.logFormat ?? "json" });
		} catch (error) {
			const reason = describeError(error).message;
			writeStderr(`the logger cannot be loaded, standard error is used: ${reason}\n`);
			return createStderrLogger(level);
		}
	}

	return {
		log,
		watch,
		prepare() {
			if (options.config()?.rooms.logging !== false) inFirstTurn(log);
		},
		forget() {
			for (const each of later) clearImmediate(each);
			later.clear();
		},
		writeAtOnce: () => void (ownLog && ownLinesOf(ownLog)?.close()),
		notes,
		announce: (message) => inFirstTurn(() => say(log(), "info", {}, message)),
		notice(code, message, hint) {
			const note = `${code}: ${message} -> ${hint}`;
			if (notes.includes(note)) return;
			notes.push(note);
			say(log(), "warn", { code, hint }, message);
		},
		sayReadiness({ name: check, status, isCritical }, err) {
			const level = status === "ok" ? "info" : isCritical ? "error" : "warn";
			const fields = { code: "READINESS_CHANGED", check, status, isCritical, err };
			const rest = status === "ok" || isCritical ? "" : ", which is reported and makes no 503";
			say(log(), level, fields, `readiness check "${check}": ${status}${rest}`);
		},
		sayStartup(task, err, waitMs) {
			say(log(), "warn", { task, waitMs, err }, `startup task "${task}" failed and is tried again`);
		},
		sayWork(name, err) {
			say(log(), "error", { code: "WORK_FAILED", err }, `work "${name}" failed`);
		},
		sayDrainHook(err) {
			say(log(), "error", { code: "DRAIN_HOOK_FAILED", err }, "a hook of onDrain failed");
		},
	};
}
