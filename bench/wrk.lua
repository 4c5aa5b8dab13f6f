-- Posts every form of a file once: each thread takes its share of the lines. FORMS names the file.
-- Done tells how many answers were not 200, and whether the forms ran out.
local threads = {}
local number = 0

function setup(thread)
  thread:set("number", number)
  number = number + 1
  table.insert(threads, thread)
end

function init(args)
  path = args[1]
  count = tonumber(args[2])
  requests, at, bad, ran_out = {}, 0, 0, 0
  local line_number = 0
  for line in io.lines(args[3]) do
    if line_number % count == number then
      local signature, body = line:match("^(%S+) (.*)$")
      local headers = {
        ["X-Twilio-Signature"] = signature,
        ["Content-Type"] = "application/x-www-form-urlencoded; charset=UTF-8",
      }
      table.insert(requests, wrk.format("POST", path, headers, body))
    end
    line_number = line_number + 1
  end
end

function request()
  at = at + 1
  if at > #requests then
    ran_out, at = 1, 1
  end
  return requests[at]
end

function response(status)
  if status ~= 200 then
    bad = bad + 1
  end
end

function done(summary, latency)
  local bad, ran_out = summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout, 0
  for _, thread in ipairs(threads) do
    bad = bad + thread:get("bad")
    ran_out = ran_out + thread:get("ran_out")
  end
  print(string.format("RESULT %d %d %d %d %d %d", summary.requests, summary.duration, latency:percentile(50),
    latency:percentile(99), bad, ran_out))
end
