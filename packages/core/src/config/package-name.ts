const { readFileSync } = process.getBuiltinModule("node:fs");

/** The name of the package that the process was started in, made fit for a key; nothing where there is none. */
export function packageName(folder: string = process.cwd()): string | undefined {
	try {
		const { name } = JSON.parse(readFileSync(`${folder}/package.json`, "utf8")) as { name?: unknown };
		return typeof name === "string" && name !== "" ? name.replace(/[^\w.@/-]/g, "-") : undefined;
	} catch {
		return undefined;
	}
}
