#include "service/reporting/validate.hpp"

#include <algorithm>
#include <charconv>
#include <map>
#include <optional>

#include "service/reporting/grammar.hpp"
#include "service/reporting/text_shape.hpp"
#include "service/reporting/utc.hpp"
#include "service/reporting/xml_tree.hpp"

namespace lightkeeper::reporting {

namespace {

constexpr std::size_t kMaxFaults = 100;
constexpr std::size_t kMaxNoteCharacters = 3000;

using Faults = std::vector<Fault>;

void add(Faults& faults, std::string path, std::string rule, std::string why) {
  if (faults.size() < kMaxFaults) {
    faults.push_back({std::move(path), std::move(rule), std::move(why)});
  }
}

bool is_blank(std::string_view text) {
  return text.find_first_not_of(" \t\r\n") == std::string_view::npos;
}
std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) {
    return {};
  }
  return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}
bool all_digits(std::string_view text) {
  return !text.empty() && text.size() <= 18 &&
         std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}
bool is_degrees(std::string_view text) {
  double value = 0;
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed);
  return error == std::errc() && end == text.data() + text.size() && value >= -180 && value <= 180;
}

// What is wrong with a value, or nothing. The words never repeat the value.
std::optional<std::string> value_fault(Value value, std::span<const std::string_view> words,
                                       std::string_view raw) {
  const std::string_view text =
      trimmed(raw);  // schema types other than string collapse white space
  const auto unless = [](bool holds, const char* why) {
    return holds ? std::nullopt : std::optional<std::string>(why);
  };
  switch (value) {
    case Value::none:
      return unless(is_blank(raw), "holds elements only, no text");
    case Value::text:
      return std::nullopt;
    case Value::note:
      return unless(characters(raw) <= kMaxNoteCharacters, "at most 3000 characters");
    case Value::token:
      return unless(!text.empty() && text.size() == raw.size(),
                    "not empty, and no white space at its ends");
    case Value::boolean:
      return unless(text == "true" || text == "false" || text == "1" || text == "0",
                    "true or false");
    case Value::fixed_true:
      return unless(raw.empty() || text == "true" || text == "1",
                    "true or nothing; leave it out where it does not apply");
    case Value::count:
      return unless(all_digits(text), "a whole number");
    case Value::degrees:
      return unless(is_degrees(text), "degrees, a decimal number");
    case Value::time: {
      const auto time = read_xml_time(text);
      return unless(time && time->unix_millis, "a date and time with its zone");
    }
    case Value::any_time: {
      return unless(read_xml_time(text).has_value() || date_from_text(text).has_value(),
                    "a date, or a date and time");
    }
    case Value::date:
      return unless(date_from_text(text).has_value(), "a date, YYYY-MM-DD");
    case Value::url:
      return unless(is_url(raw), "an address with a scheme, without white space or controls");
    case Value::country:
      return unless(is_country(text), "a country as two capital letters");
    case Value::us_state:
      return unless(is_country(text), "a state of the USA as two capital letters");
    case Value::calling_code:
      return unless(is_calling_code(text), "\"+\" and one to three digits");
    case Value::ip:
      return unless(is_ip(text), "an IPv4 or IPv6 address");
    case Value::port:
      return unless(all_digits(text) && text.size() <= 5 && std::stoul(std::string(text)) >= 1 &&
                        std::stoul(std::string(text)) <= 65535,
                    "a port from 1 to 65535");
    case Value::choice:
      return unless(std::ranges::find(words, raw) != words.end(),
                    "one of the values of the schema");
  }
  return std::nullopt;
}

std::string_view rule_of(Value value) {
  switch (value) {
    case Value::choice:
      return "enumeration";
    case Value::fixed_true:
      return "fixed";
    case Value::note:
      return "length";
    case Value::none:
      return "text";
    default:
      return "value";
  }
}

void check(const XmlElement& element, const ElementType& type, const std::string& path,
           Faults& faults);

void check_attributes(const XmlElement& element, const ElementType& type, const std::string& path,
                      bool is_root, Faults& faults) {
  for (const auto& [name, value] : element.attributes) {
    const auto known = std::ranges::find(type.attributes, name, &Attribute::name);
    if (known != type.attributes.end()) {
      if (const auto why = value_fault(known->value, known->words, value)) {
        add(faults, path + "/@" + name, std::string(rule_of(known->value)), *why);
      }
      continue;
    }
    // Where a schema stands is said by many clients and changes nothing: it is never loaded.
    const bool harmless =
        is_root && (name == "xmlns:xsi" || name == "xsi:noNamespaceSchemaLocation");
    if (!harmless) {
      add(faults, path, "unknown", "has an attribute that the schema does not know");
    }
  }
  for (const auto& wanted : type.attributes) {
    if (wanted.required && std::ranges::find(element.attributes, wanted.name,
                                             &std::pair<std::string, std::string>::first) ==
                               element.attributes.end()) {
      add(faults, path + "/@" + std::string(wanted.name), "required", "has to be there");
    }
  }
}

bool may_repeat(Times times) { return times == Times::any || times == Times::some; }
bool is_needed(Times times) { return times == Times::once || times == Times::some; }

// The place of a child: alternatives share the one of the first of them.
std::size_t place_of(std::span<const Child> children, std::size_t index) {
  while (children[index].or_before) {
    --index;
  }
  return index;
}

void check_children(const XmlElement& element, const ElementType& type, const std::string& path,
                    Faults& faults) {
  std::map<std::string_view, std::size_t> counts;  // by name, for positions in paths
  std::map<std::size_t, std::string_view> taken;   // place -> the name that came first
  std::size_t reached = 0;                         // place of the last child in order
  for (const auto& child : element.children) {
    const auto known = std::ranges::find(type.children, child.name, &Child::name);
    if (known == type.children.end()) {
      // The name was written by whoever made the document, so it is not repeated.
      add(faults, path, "unknown", "has an element that the schema does not have here");
      continue;
    }
    const auto index = static_cast<std::size_t>(known - type.children.begin());
    const auto place = place_of(type.children, index);
    std::string here = path + "/" + std::string(known->name);
    const auto count = ++counts[known->name];
    if (may_repeat(known->times) || count > 1) {
      here.append("[").append(std::to_string(count)).append("]");
    }
    const auto [before, is_first] = taken.emplace(place, known->name);
    if (!is_first && before->second != known->name) {
      add(faults, here, "choice",
          "stands beside " + std::string(before->second) + "; only one of them may be there");
    } else if (!is_first && !may_repeat(known->times)) {
      add(faults, here, "cardinality", "may be there once only");
    } else if (!type.any_order && place < reached) {
      add(faults, here, "order", "has to stand before " + std::string(type.children[reached].name));
    }
    reached = std::max(reached, place);
    check(child, *known->type, here, faults);
  }
  for (std::size_t i = 0; i < type.children.size(); ++i) {
    if (is_needed(type.children[i].times) && place_of(type.children, i) == i &&
        !taken.contains(i)) {
      const bool alternatives = i + 1 < type.children.size() && type.children[i + 1].or_before;
      std::string here = path;
      if (!alternatives) {
        here.append("/").append(type.children[i].name);
      }
      add(faults, std::move(here), "required",
          alternatives ? "one of its kinds has to be there" : "has to be there");
    }
  }
}

void check(const XmlElement& element, const ElementType& type, const std::string& path,
           Faults& faults) {
  const bool is_root = path.find('/', 1) == std::string::npos;
  check_attributes(element, type, path, is_root, faults);
  if (const auto why = value_fault(type.value, type.words, element.text)) {
    add(faults, path, std::string(rule_of(type.value)), *why);
  }
  check_children(element, type, path, faults);
}

const XmlElement* child(const XmlElement& element, std::string_view name) {
  const auto found = std::ranges::find(element.children, name, &XmlElement::name);
  return found == element.children.end() ? nullptr : &*found;
}

Result<Faults> validate(BytesView xml, std::string_view root, const ElementType& type,
                        XmlElement& document) {
  LK_TRY(tree, read_xml(xml, kMaxReportXml));
  Faults faults;
  if (tree.name != root) {
    add(faults, "/", "root", "the document has to begin with " + std::string(root));
  } else {
    check(tree, type, std::string("/").append(root), faults);
  }
  document = std::move(tree);
  return faults;
}

}  // namespace

Result<Faults> validate_report(BytesView xml, UnixMillis now) {
  XmlElement document;
  LK_TRY(faults, validate(xml, "report", report_grammar(), document));
  if (document.name != "report") {
    return faults;
  }
  // What the documentation asks for and the schema does not.
  if (child(document, "internetDetails") == nullptr) {
    add(faults, "/report/internetDetails", "documentation", "at least one has to be there");
  }
  if (const auto* summary = child(document, "incidentSummary")) {
    if (const auto* when = child(*summary, "incidentDateTime")) {
      const auto time = read_xml_time(trimmed(when->text));
      if (time && time->unix_millis && *time->unix_millis > static_cast<std::int64_t>(now.value)) {
        add(faults, "/report/incidentSummary/incidentDateTime", "future", "lies in the future");
      }
    }
  }
  if (const auto* reporter = child(document, "reporter")) {
    const auto* person = child(*reporter, "reportingPerson");
    if (person != nullptr && child(*person, "email") == nullptr) {
      add(faults, "/report/reporter/reportingPerson/email", "documentation",
          "the organisation that reports needs an e-mail address");
    }
  }
  return faults;
}

Result<Faults> validate_file_details(BytesView xml, bool viewed) {
  XmlElement document;
  LK_TRY(faults, validate(xml, "fileDetails", file_details_grammar(), document));
  if (document.name != "fileDetails") {
    return faults;
  }
  const auto* said = child(document, "fileViewedByEsp");
  const auto says_true = [](const XmlElement* element) {
    return element != nullptr &&
           (trimmed(element->text) == "true" || trimmed(element->text) == "1");
  };
  if (says_true(said) && !viewed) {
    add(faults, "/fileDetails/fileViewedByEsp", "viewed",
        "no signed event shows that a person has seen the whole file");
  }
  const auto* relevance = child(document, "fileRelevance");
  if (relevance != nullptr && relevance->text == "Supplemental Reported") {
    const auto* annotations = child(document, "fileAnnotations");
    if (child(document, "potentialMeme") != nullptr ||
        (annotations != nullptr && child(*annotations, "potentialMeme") != nullptr)) {
      add(faults, "/fileDetails/potentialMeme", "relevance", "only reported files may carry it");
    }
    if (child(document, "industryClassification") != nullptr) {
      add(faults, "/fileDetails/industryClassification", "relevance",
          "only reported files may carry it");
    }
  }
  return faults;
}

}  // namespace lightkeeper::reporting
