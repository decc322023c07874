-- Requests made in advance: every address and every cookie in turn.
-- Arguments: the path, a file with a cookie a line (or -), how many addresses, the Accept-Encoding (or -).
local requests, turn = {}, 0

function init(args)
	local path, file, addresses, encoding = args[1], args[2], tonumber(args[3]), args[4]
	local cookies = {}
	if file ~= "-" then
		for line in io.lines(file) do cookies[#cookies + 1] = line end
	end
	for index = 1, addresses do
		local headers = {
			["Host"] = "shop.example.com",
			["X-Forwarded-For"] = string.format("198.%d.%d.%d", 18 + math.floor(index / 65536), math.floor(index / 256) % 256, index % 256),
			["X-Forwarded-Proto"] = "https",
		}
		if #cookies > 0 then headers["Cookie"] = cookies[index % #cookies + 1] end
		if encoding ~= "-" then headers["Accept-Encoding"] = encoding end
		requests[index] = wrk.format("GET", path, headers)
	end
end

function request()
	turn = turn % #requests + 1
	return requests[turn]
end


function done(summary, latency)
	local errors = summary.errors
	io.write(string.format(
		'\n{"requests":%d,"durationUs":%d,"bytes":%d,"refused":%d,"broken":%d,"p50Us":%d,"p99Us":%d}\n',
		summary.requests, summary.duration, summary.bytes, errors.status,
		errors.connect + errors.read + errors.write + errors.timeout, latency:percentile(50), latency:percentile(99)))
end
