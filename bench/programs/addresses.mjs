/** A million addresses in the limiter's store in memory. */
import { createMemoryStore } from "@production-ready/core/adapter";
import { MemoryStore } from "express-rate-limit";

const windowMs = 600_000;
const MILLION = 1_000_000;

const STORES = {
	ours: () => createMemoryStore({ windowMs, maxKeys: MILLION + 1 }),
	"express-rate-limit": () => {
		const store = new MemoryStore();
		store.init({ windowMs });
		return store;
	},
};

const address = (index) => `198.${(index >> 16) & 255}.${(index >> 8) & 255}.${index & 255}`;
const store = STORES[process.argv[2]]();
for (let hit = 0; hit < 100; hit++) await store.increment("blocked");
gc();
// `external` holds what typed arrays take.
const { heapUsed, external } = process.memoryUsage();
const before = heapUsed + external;
for (let index = 0; index < MILLION; index++) await store.increment(address(index));
gc();
const after = process.memoryUsage();
const bytes = after.heapUsed + after.external - before;
const { totalHits } = await store.increment("blocked");
process.stdout.write(JSON.stringify({ bytesPerKey: bytes / MILLION, hitsAfterFlood: totalHits }));
process.exit();
