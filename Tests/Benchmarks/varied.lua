-- For wrk: requests drawn from a file, one a line: method, path and body between tabs. Prints one JSON line at the end.
local requests = {}

function init(arguments)
  math.randomseed(tonumber(arguments[2]) or 1)
  for line in io.lines(arguments[1]) do
    local method, path, body = line:match("^([^\t]*)\t([^\t]*)\t?(.*)$")
    if body == "" then body = nil end
    local headers = {}
    if arguments[3] == "gzip" then headers["accept-encoding"] = "gzip" end
    if body then headers["content-type"] = "application/json" end
    requests[#requests + 1] = wrk.format(method, path, headers, body)
  end
end

function request() return requests[math.random(#requests)] end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    'RESULT {"requests": %d, "seconds": %f, "median": %f, "p99": %f, "failed": %d}\n', summary.requests, summary.duration / 1e6,
    latency:percentile(50) / 1000, latency:percentile(99) / 1000, errors.connect + errors.read + errors.write + errors.status + errors.timeout))
end
