import { PROCESS_ROOMS, ROOMS, type RoomKey } from "../../packages/core/src/config/options.ts";
import { SPELLINGS } from "../../packages/core/src/headers/settings.ts";
import { code, GENERATED, lowerFirst, table } from "./markdown.ts";
import { changers, meanings, PRESET_NAMES, whenOff } from "./options-data.ts";

/** docs/reference/options.md */
export const optionsPage: string = `# Options

${GENERATED}

One flat object with a key a room. \`false\` turns a room off, \`undefined\` counts as not given, an unknown key stops the
boot and names the nearest one. A value is decided by these steps, each of which replaces the one before whole, lists
too: **defaults**, **platform**, **preset**, **environment**, **your code**. \`explain()\` prints which it was.

| Key | Accepts |
| --- | --- |
| \`preset\` | ${PRESET_NAMES.map((name) => code(name)).join(", ")}; \`"api"\` by default |
| \`platform\` | \`"auto"\` (default), a name of [platforms.md](../platforms.md), or a list of names from the outside in |

${ROOMS.map(roomSection).join("\n")}`;

function roomSection({ key: room, purpose, DEFAULTS, CHECKS }: (typeof ROOMS)[number]): string {
	const isProcess = PROCESS_ROOMS.includes(room as RoomKey);
	const notes = [
		`Protects from: ${lowerFirst(purpose)}.`,
		`Switch off: \`${room}: false\`.`,
		whenOff(room),
		isProcess ? "One for the process: two apps must not contradict each other here." : "",
	];
	const rows = Object.keys(DEFAULTS).map((key) =>
		[
			`\`${key}\``,
			DEFAULTS[key] === undefined ? (room === "headers" ? "as helmet has it" : "-") : code(DEFAULTS[key]),
			CHECKS[key]!.expected,
			meanings.get(`${room}.${key}`) ?? (room === "headers" ? helmetMeaning(key) : undefined),
			changers(room, key) || "-",
		].map((cell) => {
			if (cell === undefined) throw new Error(`${room}.${key} has no doc comment`);
			return cell;
		}),
	);
	const head = ["Key", "Default", "Accepts", "What it is", "Also changed by"];
	return `## ${room}\n\n${notes.filter(Boolean).join(" ")}\n\n${table([head, ...rows])}\n`;
}

function helmetMeaning(key: string): string {
	const spelling = SPELLINGS.find(([, older]) => older === key);
	return spelling === undefined ? "helmet's option of this name." : `The older name of \`${spelling[0]}\`.`;
}
