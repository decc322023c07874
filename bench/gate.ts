/**
 * What a request costs over the bare framework, counted, against the budget: `pnpm bench:gate`. It does not depend on how fast
 * the machine is or what else it does, so a figure that is over it is a fault. `--write` lowers the budget to what was
 * counted; `--write --raise` raises it too, which wants a reason in the commit.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { ARMS, FRAMEWORKS, type Framework, inFull } from "./arms.ts";
import { type Budget, boundsFor, FIGURES, type Figures, faultsOf, overBare, shown } from "./budget.ts";
import { countsOf } from "./counts.ts";
import { hasStrace } from "./measures/system-calls.ts";
import { hasRedis, startRedis } from "./redis.ts";

const ROOT = join(import.meta.dirname, "..");
const FILE = join(import.meta.dirname, "budget.json");
const budget: Budget = JSON.parse(readFileSync(FILE, "utf8"));
/** The one that the repository brings. */
const NODE: string = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")).optionalDependencies.node;
const { values } = parseArgs({ options: { write: { type: "boolean" }, raise: { type: "boolean" } } });

if (!(await hasStrace())) console.log("system calls are not counted: strace is not here, or may not attach");
if (!hasRedis()) console.log("nothing is counted with Redis: redis-server is not here");
if (!isBudgetsNode()) console.log(`heap is not judged: its budget is that of Node ${NODE}`);
const started = performance.now();
// One beside the other: nothing that is counted depends on time.
const counted = Object.assign({}, ...(await Promise.all(FRAMEWORKS.map(countedOf)))) as Budget;

console.log("\nfor a request, over the bare framework (budget)");
for (const [arm, figures] of Object.entries(counted)) {
	console.log(`\n${arm}`);
	for (const [name, value] of Object.entries(figures)) {
		const bound = budget[arm]?.[name];
		const row = [
			name.padEnd(28),
			shown(value).padStart(9),
			`(${bound === undefined ? "none" : shown(bound)})`,
		];
		console.log(`  ${row.join(" ")} ${FIGURES[name]!.unit}`);
	}
}
console.log(`\ncounted in ${((performance.now() - started) / 1_000).toFixed(0)} s`);

if (values.write) {
	const bounds = Object.entries(counted).map(([arm, figures]) => [
		arm,
		boundsFor(arm, judged(figures), budget, values.raise === true),
	]);
	writeFileSync(FILE, `${JSON.stringify({ ...budget, ...Object.fromEntries(bounds) }, null, "\t")}\n`);
}
const now: Budget = JSON.parse(readFileSync(FILE, "utf8"));
const faults = Object.entries(counted).flatMap(([arm, figures]) => faultsOf(arm, judged(figures), now));
for (const fault of faults) console.error(fault);
process.exit(faults.length > 0 ? 1 : 0);

/** What V8 allocates for the same code differs from one line of Node to the next. */
function isBudgetsNode(): boolean {
	return process.versions.node.split(".")[0] === NODE.split(".")[0];
}

function judged(figures: Figures): Figures {
	const kept = Object.entries(figures).filter(([name]) => isBudgetsNode() || !name.startsWith("heap"));
	return Object.fromEntries(kept);
}

async function countedOf(framework: Framework): Promise<Record<string, Figures>> {
	const redis = hasRedis() ? await startRedis() : undefined;
	const [bare, ...ours] = ARMS.filter(
		(arm) => arm.framework === framework && (arm.name === "bare" || arm.name === "ours"),
	);
	const base = await countsOf(bare!, redis);
	const counted: Record<string, Figures> = {};
	for (const arm of ours.filter(({ store }) => store === "memory" || redis)) {
		counted[inFull(arm)] = overBare(await countsOf(arm, redis), base);
	}
	await redis?.stop();
	return counted;
}
