#include "http/http.hpp"

namespace lightkeeper::http {
namespace {

void append_json_string(std::string& out, std::string_view text) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  out += '"';
  for (const char c : text) {
    const auto code = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (code < 0x20) {
      out += "\\u00";
      out += kDigits[code / 16];
      out += kDigits[code % 16];
    } else {
      out += c;
    }
  }
  out += '"';
}

}  // namespace

std::string Request::header(const std::string& lower_case_name) const {
  const auto found = headers.find(lower_case_name);
  return found == headers.end() ? std::string() : found->second;
}

Response Response::json(int status, std::string text) {
  Response response;
  response.status = status;
  response.body = to_bytes(text);
  return response;
}

Response Response::problem(const Error& error) {
  const auto& entry = describe(error.code);
  return problem(error, entry.http_status);
}

Response Response::problem(const Error& error, int status) {
  const auto& entry = describe(error.code);
  std::string text = R"({"type":"urn:lightkeeper:problem:)";
  text += entry.name;
  text += R"(","title":)";
  append_json_string(text, entry.title);
  text += R"(,"status":)" + std::to_string(status) + R"(,"code":)";
  append_json_string(text, entry.name);
  text += R"(,"detail":)";
  append_json_string(text, error.detail);
  text += R"(,"mend":)";
  append_json_string(text, entry.mend);
  text += '}';
  Response response;
  response.status = status;
  response.content_type = "application/problem+json";
  response.headers["Cache-Control"] = "no-store";
  response.body = to_bytes(text);
  return response;
}

}  // namespace lightkeeper::http
