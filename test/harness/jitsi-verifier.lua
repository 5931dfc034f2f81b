-- Decides on a token as Jitsi's prosody does, with prosody's own JWT and JSON libraries and OpenSSL:
--   lua5.4 jitsi-verifier.lua <app id> <secret> <room> < token
-- Prints "accepted moderator", "accepted participant" or "refused <why>".
package.path = "/usr/lib/prosody/?.lua;" .. package.path
package.cpath = "/usr/lib/prosody/?.so;" .. package.cpath
local json = require "util.json"
local base64 = require "util.encodings".base64
local hmac = require "openssl.hmac"
local app_id, secret, room = arg[1], arg[2], arg[3]

local function refuse(why)
  print("refused " .. why)
  os.exit(0)
end

local function unb64url(text)
  local padded = text:gsub("-", "+"):gsub("_", "/")
  return base64.decode(padded .. ("="):rep((4 - #padded % 4) % 4))
end

local token = (io.read("a") or ""):gsub("%s+$", "")
local head, body, signature = token:match("^([%w_-]+)%.([%w_-]+)%.([%w_-]*)$")
if not head then refuse("malformed") end
local header = json.decode(unb64url(head) or "")
local claims = json.decode(unb64url(body) or "")
if type(header) ~= "table" or type(claims) ~= "table" then refuse("not JSON") end
if header.typ ~= "JWT" then refuse("typ") end
if header.alg ~= "HS256" then refuse("alg") end
local expected = hmac.new(secret, "sha256"):final(head .. "." .. body)
if unb64url(signature) ~= expected then refuse("signature") end
if claims.iss ~= app_id then refuse("iss") end
if type(claims.aud) ~= "string" or claims.aud ~= app_id then refuse("aud") end
if type(claims.exp) ~= "number" then refuse("exp type") end
local now = os.time()
if claims.exp <= now then refuse("expired") end
if claims.nbf ~= nil and (type(claims.nbf) ~= "number" or claims.nbf > now) then refuse("nbf") end
if type(claims.sub) ~= "string" then refuse("sub") end
if type(claims.room) ~= "string" then refuse("room missing") end
if claims.room ~= "*" and claims.room:lower() ~= room:lower() then refuse("another room") end
local user = type(claims.context) == "table" and claims.context.user or {}
local is_moderator = user.moderator == true or user.moderator == "true" or user.affiliation == "owner"
print("accepted " .. (is_moderator and "moderator" or "participant"))
