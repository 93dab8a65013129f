#include "service/submission/answer.hpp"

#include <libxml/parser.h>
#include <libxml/tree.h>

#include <algorithm>
#include <charconv>
#include <memory>

namespace lightkeeper::submission {

namespace {

struct FreeDocument {
  void operator()(xmlDoc* document) const { xmlFreeDoc(document); }
};

std::unexpected<Error> not_understood(const char* why) {
  return fail(ErrorCode::answer_not_understood, "submission.answer", why);
}

std::string_view view(const xmlChar* text) {
  return text == nullptr ? std::string_view() : reinterpret_cast<const char*>(text);
}

std::string text_of(const xmlNode* node) {
  std::string out;
  for (const auto* child = node->children; child != nullptr; child = child->next) {
    if (child->type == XML_TEXT_NODE || child->type == XML_CDATA_SECTION_NODE) {
      out += view(child->content);
    }
  }
  const auto from = out.find_first_not_of(" \t\r\n");
  const auto to = out.find_last_not_of(" \t\r\n");
  return from == std::string::npos ? std::string() : out.substr(from, to - from + 1);
}

bool is_identifier(std::string_view text) {
  return !text.empty() && text.size() <= kMaxIdentifier &&
         std::ranges::all_of(text, [](char c) { return c > 0x20 && c < 0x7f; });
}

Status read_files(const xmlNode* list, Answer& out) {
  for (const auto* child = list->children; child != nullptr; child = child->next) {
    if (child->type != XML_ELEMENT_NODE) {
      continue;
    }
    auto id = text_of(child);
    if (view(child->name) != "fileId" || !is_identifier(id) ||
        out.files.size() == kMaxAnswerFiles) {
      return not_understood("the list of files");
    }
    out.files.push_back(std::move(id));
  }
  return {};
}

Status read_identifier(const xmlNode* node, std::optional<std::string>& out) {
  auto text = text_of(node);
  if (out || !is_identifier(text)) {
    return not_understood("an identifier is twice there or not one");
  }
  out = std::move(text);
  return {};
}

}  // namespace

Result<Answer> read_answer(BytesView document) {
  const auto text = as_text(document);
  if (text.empty() || text.size() > kMaxAnswer || text.contains("<!DOCTYPE") ||
      text.contains("<!ENTITY")) {
    return not_understood("no document, too large, or with a document type");
  }
  const std::unique_ptr<xmlDoc, FreeDocument> parsed(
      xmlReadMemory(text.data(), static_cast<int>(text.size()), "", nullptr,
                    XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING));
  const auto* root = parsed ? xmlDocGetRootElement(parsed.get()) : nullptr;
  if (root == nullptr || parsed->intSubset != nullptr) {
    return not_understood("not well-formed XML");
  }
  Answer out;
  out.done = view(root->name) == "reportDoneResponse";
  if (!out.done && view(root->name) != "reportResponse") {
    return not_understood("not the root that is expected");
  }
  bool has_code = false;
  for (const auto* child = root->children; child != nullptr; child = child->next) {
    if (child->type != XML_ELEMENT_NODE) {
      continue;
    }
    const auto name = view(child->name);
    if (name == "responseCode") {
      const auto code = text_of(child);
      const auto* end = code.data() + code.size();
      const auto [stop, error] = std::from_chars(code.data(), end, out.code);
      if (has_code || error != std::errc() || stop != end || out.code < 0 || out.code > 99'999) {
        return not_understood("the response code");
      }
      has_code = true;
    } else if (name == "reportId") {
      LK_CHECK_OK(read_identifier(child, out.report_id));
    } else if (name == "fileId") {
      LK_CHECK_OK(read_identifier(child, out.file_id));
    } else if (name == "hash") {
      LK_CHECK_OK(read_identifier(child, out.hash));
    } else if (name == "files" && out.done) {
      LK_CHECK_OK(read_files(child, out));
    }  // a description, or what later versions add
  }
  if (!has_code) {
    return not_understood("no response code");
  }
  return out;
}

Meaning meaning_of(std::int64_t code) {
  switch (code) {
    case 0:
      return Meaning::ok;
    case 1210:
      return Meaning::rejected;
    case 5001:
      return Meaning::report_gone;
    case 5002:
      return Meaning::file_gone;
    case 5101:
      return Meaning::already_retracted;
    case 5102:
      return Meaning::already_finished;
    default:
      break;
  }
  switch (code / 1000) {
    case 1:
      return Meaning::transient;
    case 2:
    case 3:
      return Meaning::configuration;
    default:
      return Meaning::rejected;
  }
}

}  // namespace lightkeeper::submission
