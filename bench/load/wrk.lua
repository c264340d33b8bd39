-- wrk: targets at random from the file that TARGETS names, and the summary as a line of JSON.
local threads = 0

function setup(thread)
  threads = threads + 1
  thread:set("number", threads)
end

function init()
  math.randomseed(tonumber(os.getenv("SEED")) * 1000 + number)
  requests = {}
  for target in io.lines(os.getenv("TARGETS")) do
    requests[#requests + 1] = wrk.format("GET", target)
  end
end

function request()
  return requests[math.random(#requests)]
end

function done(summary, latency)
  local errors = summary.errors
  print(string.format(
    '{"answers": %d, "seconds": %.3f, "mean_ms": %.3f, "p50_ms": %.3f, "p99_ms": %.3f,' ..
    ' "timeouts": %d, "not_2xx": %d, "errors": %d}',
    summary.requests, summary.duration / 1e6, latency.mean / 1e3, latency:percentile(50) / 1e3,
    latency:percentile(99) / 1e3, errors.timeout, errors.status, errors.connect + errors.read + errors.write))
end
