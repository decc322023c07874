import { tracingChannel } from "node:diagnostics_channel";
import type { DestinationStream, symbols as PinoSymbols } from "pino";
import type { LineBuffer } from "./line-buffer.ts";
import type { Logger } from "./logger.ts";

/** Lines of level info that can wait a little for each other, by a logger of ours. */
export interface OwnLines {
	/**
	 * A line in pino's words, without asking pino: `rest` is what stands behind the level, the time and the bindings, up to the
	 * line break, in printable ASCII. Gives false where pino has to write it, because somebody else has a word in its lines.
	 */
	collect(rest: string): boolean;
	/** A line by pino itself. */
	collectByPino(fields: object, message: string): void;
	/** Writes what was collected, and from now on everything at once. */
	close(): void;
}

const known = new WeakMap<object, OwnLines>();

/** Those of a logger that is ours and writes JSON. */
export function ownLinesOf(log: Logger): OwnLines | undefined {
	return known.get(log);
}

/** What stands in front of the fields of a line: up to the time, and behind it. */
interface Head {
	readonly upToTime: string;
	readonly behindTime: string;
}

const PROBE = "probe";
const PROBED = /^(\{"level":30,"time":)\d+(,[\x20-\x7e]*)?,"msg":"probe"\}\n$/;

/** The destination of a pino, and what is written beside it once `open` has made the two known to each other. */
export function ownLines(
	buffer: LineBuffer,
	finished: (line: string) => string,
): { stream: DestinationStream; open(logger: Logger, symbols: typeof PinoSymbols | undefined): void } {
	let isCollecting = false;
	let probed: string | undefined;
	let isProbing = false;

	const stream: DestinationStream = {
		write(line) {
			const text = finished(line);
			if (isProbing) probed = text;
			else if (isCollecting) buffer.collect(text, Buffer.byteLength(text));
			else buffer.write(text);
		},
	};

	/** As pino writes it: what it is made of is told nowhere. */
	function readHead(logger: Logger): Head | undefined {
		isProbing = true;
		try {
			logger.info(PROBE);
		} finally {
			isProbing = false;
		}
		const [, upToTime, behindTime = ""] = PROBED.exec(probed ?? "") ?? [];
		return upToTime === undefined ? undefined : { upToTime, behindTime };
	}

	function open(logger: Logger, symbols: typeof PinoSymbols | undefined): void {
		let head: Head | undefined;
		/** The same for all lines of one millisecond. */
		let start = "";
		let startAtMs = Number.NaN;
		// Tracers and collectors of logs put themselves here as pino makes the logger; some leave of pino a function only.
		const seams = logger as unknown as Record<symbol, unknown>;
		let isAlone =
			symbols !== undefined && seams[symbols.streamSym] === stream && seams[symbols.mixinSym] === undefined;
		known.set(logger, {
			collect(rest) {
				if (!isAlone || AS_JSON.hasSubscribers) return false;
				head ??= readHead(logger);
				if (head === undefined) {
					isAlone = false;
					return false;
				}
				const nowMs = Date.now();
				if (nowMs !== startAtMs) {
					startAtMs = nowMs;
					start = `${head.upToTime}${nowMs}${head.behindTime}`;
				}
				const line = `${start}${rest}`;
				buffer.collect(line, line.length);
				return true;
			},
			collectByPino(fields, message) {
				isCollecting = true;
				try {
					logger.info(fields, message);
				} finally {
					isCollecting = false;
				}
			},
			close: buffer.close,
		});
	}
	return { stream, open };
}

/** What pino tells of each line it writes, to whoever listens. */
const AS_JSON = tracingChannel("pino_asJson");
