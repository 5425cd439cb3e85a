-- Asks the lines of a file in turn: a path and, after tabs, the ETag that the client has already
-- and the encodings that it accepts.
-- Arguments after the address: the file, and how many milliseconds a client rests after an answer.

local requests, place = {}, 0

function init(arguments)
  local rest = tonumber(arguments[2])
  if rest > 0 then
    function delay() return rest end
  end
  for line in io.lines(arguments[1]) do
    local path, tag, encodings = line:match("^([^\t]*)\t?([^\t]*)\t?(.*)$")
    local headers = {}
    if tag ~= "" then headers["If-None-Match"] = tag end
    if encodings ~= "" then headers["Accept-Encoding"] = encodings end
    requests[#requests + 1] = wrk.format("GET", path, headers)
  end
end

function request()
  place = place % #requests + 1
  return requests[place]
end

function done(summary, latency, _)
  local failed = summary.errors
  print(string.format('RESULT {"rate": %f, "p50": %f, "p99": %f, "longest": %f, "failures": %d}',
    summary.requests / summary.duration * 1e6, latency:percentile(50) / 1000,
    latency:percentile(99) / 1000, latency.max / 1000,
    failed.connect + failed.read + failed.write + failed.status + failed.timeout))
end
