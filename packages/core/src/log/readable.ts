import { escapeControls } from "./control-characters.ts";

const LEVELS: ReadonlyMap<unknown, readonly [label: string, colour: number]> = new Map([
	[10, ["TRACE", 90]],
	[20, ["DEBUG", 36]],
	[30, ["INFO", 32]],
	[40, ["WARN", 33]],
	[50, ["ERROR", 31]],
	[60, ["FATAL", 35]],
]);
const GREY = 90;
// Always the same while one develops.
const LEFT_OUT: ReadonlySet<string> = new Set(["level", "time", "msg", "pid", "hostname"]);
const ERRORS: ReadonlySet<string> = new Set(["err", "error"]);
const ERROR_FIELDS: ReadonlySet<string> = new Set(["type", "message", "stack", "cause", "errors"]);
const MAX_NESTING = 4;
const INDENT = "    ";

type Fields = Readonly<Record<string, unknown>>;
type Paint = (colour: number, text: string) => string;

/**
 * One line of pino as a person wants to read it: `12:03:04.123 INFO  message  key=value`, errors with their stacks
 * indented below. No value can begin a line of its own or speak to the terminal. The result has no newline at its end.
 */
export function formatReadable(line: string, isColored = false): string {
	const text = line.endsWith("\n") ? line.slice(0, -1) : line;
	try {
		const fields: unknown = JSON.parse(text);
		if (isFields(fields)) return formatFields(fields, isColored ? paint : plain);
	} catch {
		// Not ours: somebody else writes to the same stream.
	}
	return escapeControls(text);
}

function formatFields(fields: Fields, paintWith: Paint): string {
	const pairs: string[] = [];
	const errors: string[] = [];
	for (const [key, value] of Object.entries(fields)) {
		if (LEFT_OUT.has(key)) continue;
		// By their names only: the body of a request may have such fields too.
		if (ERRORS.has(key) && isError(value)) errors.push(...errorLines(value, "", INDENT));
		else addPairs(pairs, key, value, 0);
	}
	const [label, colour] = LEVELS.get(fields.level) ?? [escapeControls(String(fields.level ?? "-")), GREY];
	const head = `${paintWith(GREY, clock(fields.time))} ${paintWith(colour, label.padEnd(5))}`;
	const message = fields.msg === undefined ? "" : ` ${messageText(fields.msg)}`;
	const rest = pairs.length === 0 ? "" : `  ${paintWith(GREY, pairs.join(" "))}`;
	return [`${head}${message}${rest}`, ...errors].join("\n");
}

function messageText(message: unknown): string {
	return escapeControls(typeof message === "string" ? message : JSON.stringify(message));
}

/** The time of the day where the developer sits. */
function clock(time: unknown): string {
	const date = new Date(typeof time === "number" || typeof time === "string" ? time : Number.NaN);
	if (Number.isNaN(date.getTime())) return "--:--:--.---";
	const two = (part: number): string => String(part).padStart(2, "0");
	const seconds = `${two(date.getSeconds())}.${String(date.getMilliseconds()).padStart(3, "0")}`;
	return `${two(date.getHours())}:${two(date.getMinutes())}:${seconds}`;
}

function addPairs(pairs: string[], key: string, value: unknown, nesting: number): void {
	if (!isFields(value) || nesting === MAX_NESTING || Object.keys(value).length === 0) {
		pairs.push(`${wordText(key)}=${valueText(value)}`);
		return;
	}
	for (const [name, inner] of Object.entries(value)) addPairs(pairs, `${key}.${name}`, inner, nesting + 1);
}

function valueText(value: unknown): string {
	return typeof value === "string" ? wordText(value) : escapeControls(JSON.stringify(value));
}

/** As it is when nothing in it can be misread, else in quotes. */
function wordText(text: string): string {
	if (/^[\w./:;,@%+*~?&#!$()[\]-]+$/.test(text)) return text;
	return escapeControls(JSON.stringify(text));
}

function errorLines(error: Fields, prefix: string, indent: string): string[] {
	const pairs: string[] = [];
	for (const [key, value] of Object.entries(error)) {
		if (!ERROR_FIELDS.has(key)) addPairs(pairs, key, value, 0);
	}
	const { head, frames } = splitStack(error);
	const rest = pairs.length === 0 ? "" : `  ${pairs.join(" ")}`;
	const lines = [`${indent}${prefix}${escapeControls(head)}${rest}`];
	for (const frame of frames) lines.push(`${indent}${INDENT}${escapeControls(frame.trim())}`);
	const inner = indent + INDENT;
	if (error.cause !== undefined) lines.push(...innerLines(error.cause, "caused by: ", inner));
	if (Array.isArray(error.errors)) {
		for (const one of error.errors) lines.push(...innerLines(one, "with: ", inner));
	}
	return lines;
}

function innerLines(value: unknown, prefix: string, indent: string): string[] {
	return isError(value) ? errorLines(value, prefix, indent) : [`${indent}${prefix}${valueText(value)}`];
}

// The message may have lines that look like frames: the stack begins behind it. What is no frame stays in its line.
const FRAME = /\n(?=[ \t]{1,16}at )/;

function splitStack(error: Fields): { head: string; frames: readonly string[] } {
	const message = String(error.message);
	const { stack } = error;
	if (typeof stack !== "string") return { head: `${String(error.type)}: ${message}`, frames: [] };
	const start = stack.indexOf(message);
	const end = start === -1 ? 0 : start + message.length;
	const [rest = "", ...frames] = stack.slice(end).split(FRAME);
	return { head: `${stack.slice(0, end)}${rest}`, frames };
}

function isFields(value: unknown): value is Fields {
	return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isError(value: unknown): value is Fields {
	return isFields(value) && typeof value.type === "string" && typeof value.message === "string";
}

function plain(_colour: number, text: string): string {
	return text;
}

function paint(colour: number, text: string): string {
	return `\u001b[${colour}m${text}\u001b[0m`;
}
