import { CODES, type Code } from "../../packages/core/src/errors.ts";
import { ERRORS_TEXT } from "../errors-text.ts";
import { GENERATED } from "./markdown.ts";

/** docs/reference/errors.md */
export const errorsPage: string = `# Errors and notices

${GENERATED}

Every code that the library prints, in the message of an error or in the field \`code\` of a line of the log. Faults of
the configuration stop the boot, all at once; notices are logged once in the life of a process.

${Object.entries(CODES).map(errorSection).join("\n")}`;

function errorSection([name, meaning]: [string, string]): string {
	const { effect, meaning: text, remedy } = ERRORS_TEXT[name as Code];
	return `## ${name}\n\n${meaning}. This ${effect}.\n\n${text}\n\n**What to type.** ${remedy}\n`;
}
