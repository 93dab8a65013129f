#include "rules.hpp"

#include <libxml/parser.h>
#include <libxml/tree.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <memory>
#include <optional>

namespace lightkeeper::hotline {

namespace {

// One line a type. A type is a sequence of children, "name", "name?" (0..1) or "name*" (0..n), each
// with ":type"; "one" is a choice, "any" a set in any order; "#type" is content without children;
// "@name:type" an attribute, "@name!" one that must be there.
constexpr std::string_view kTypes = R"(
report        = batchedReport?:batched incidentSummary:incident internetDetails*:internet lawEnforcement?:agency reporter:reporter personOrUserReported*:reported intendedRecipient*:recipient victim*:victim additionalInfo?:text
batched       = #text @reason:batchReason
incident      = incidentType:incidentType platform?:text escalateToHighPriority?:text reportAnnotations?:reportNotes incidentDateTime:dateTime incidentDateTimeDescription?:text
reportNotes   = any sextortion?:yes csamSolicitation?:yes minorToMinorInteraction?:yes spam?:yes sadisticOnlineExploitation?:yes
internet      = one webPageIncident:web emailIncident:mail newsgroupIncident:news chatImIncident:chat onlineGamingIncident:game cellPhoneIncident:cell nonInternetIncident:place peer2peerIncident:peer
web           = url*:url additionalInfo?:text @thirdPartyHostedContent:bool
mail          = emailAddress*:email content?:text additionalInfo?:text
news          = name?:text emailAddress*:email content?:text additionalInfo?:text
chat          = chatClient?:text chatRoomName?:text content?:text additionalInfo?:text
game          = gameName?:text console?:text content?:text additionalInfo?:text
cell          = phoneNumber?:phone latitude?:decimal longitude?:decimal additionalInfo?:text
place         = locationName?:text incidentAddress*:address additionalInfo?:text
peer          = client?:text ipCaptureEvent*:ip fileNames?:text additionalInfo?:text
agency        = agencyName:text caseNumber?:text officerContact?:contact reportedToLe?:bool servedLegalProcessDomestic?:bool servedLegalProcessInternational?:served
served        = #bool @fleaCountry:country
reporter      = reportingPerson:person contactPerson?:contact companyTemplate?:text termsOfService?:text legalURL?:text
reported      = personOrUserReportedPerson?:person vehicleDescription?:text espIdentifier?:text espService?:text compromisedAccount?:bool screenName?:text displayName*:text profileUrl*:text profileBio?:text ipCaptureEvent*:ip deviceId*:device thirdPartyUserReported?:bool priorCTReports*:number groupIdentifier?:text accountTemporarilyDisabled?:disabledFor accountPermanentlyDisabled?:disabled estimatedLocation?:location allEmailsReported?:bool associatedAccount*:associated additionalInfo?:text
recipient     = intendedRecipientPerson?:person espIdentifier?:text espService?:text compromisedAccount?:bool screenName?:text displayName*:text profileUrl*:text profileBio?:text ipCaptureEvent*:ip deviceId*:device priorCTReports*:number groupIdentifier?:text accountTemporarilyDisabled?:disabledFor accountPermanentlyDisabled?:disabled estimatedLocation?:location allEmailsReported?:bool additionalInfo*:text
victim        = victimPerson:person espIdentifier?:text espService?:text compromisedAccount?:bool screenName?:text displayName*:text profileUrl*:text profileBio?:text ipCaptureEvent*:ip deviceId*:device schoolName?:text priorCTReports*:number accountTemporarilyDisabled?:disabledFor accountPermanentlyDisabled?:disabled estimatedLocation?:location allEmailsReported?:bool associatedAccount*:associated additionalInfo?:text
person        = firstName?:text lastName?:text phone*:phone email*:email address*:address age?:integer dateOfBirth?:date
contact       = firstName?:text lastName?:text phone*:phone email*:email address*:address
address       = address?:text city?:text zipCode?:text state?:text nonUsaState?:text country?:country @type:addressKind
email         = #text @type:emailKind @verified:bool @verificationDate:dateTime
phone         = #text @type:phoneKind @verified:bool @verificationDate:dateTime @countryCallingCode:callingCode @extension:text
ip            = ipAddress:text eventName?:event dateTime?:dateTime possibleProxy?:bool port?:integer
device        = idType:text idValue:text eventName?:text dateTime?:dateTime
location      = city?:text region?:text countryCode?:country @verified:bool @timestamp:dateTime
disabledFor   = #bool @disabledDate:dateTime @userNotified:bool @userNotifiedDate:dateTime @reenabledDate:dateTime
disabled      = #bool @disabledDate:dateTime @userNotified:bool @userNotifiedDate:dateTime
associated    = platform?:platform firstName?:text middleName?:text lastName?:text approximateAge?:integer dateOfBirth?:date phone*:phone email*:email allEmailsReported?:bool address*:address espService?:text espIdentifier?:text profileUrl*:text screenName?:text displayName*:text profileBio?:text groupIdentifier?:text compromisedAccount?:bool accountTemporarilyDisabled?:disabledFor accountPermanentlyDisabled?:disabled ipCaptureEvent*:ip deviceId*:device priorCTReport*:number additionalInfo?:text @type!:associatedKind
platform      = #text @thirdPartyUser:bool
fileDetails   = reportId:number fileId:token fileName?:text originalFileName?:text uploadedToEspTimestamp?:dateTime locationOfFile?:text fileViewedByEsp?:bool exifViewedByEsp?:bool publiclyAvailable?:bool fileRelevance?:relevance potentialMeme?:bool fileAnnotations?:fileNotes industryClassification?:industry originalFileHash*:hash ipCaptureEvent?:ip deviceId*:device details*:detailList additionalInfo*:text
fileNotes     = any animeDrawingVirtualHentai?:yes potentialMeme?:yes viral?:yes possibleSelfProduction?:yes physicalHarm?:yes violenceGore?:yes bestiality?:yes liveStreaming?:yes infant?:yes generativeAi?:yes
hash          = #text @hashType!:text
detailList    = nameValuePair+:pair @type!:detailKind
pair          = name:text value:text
)";

const std::map<std::string_view, std::vector<std::string_view>>& words() {
  static const std::map<std::string_view, std::vector<std::string_view>> all{
      {"batchReason", {"VIRAL_POTENTIAL_MEME"}},
      {"incidentType",
       {"Child Pornography (possession, manufacture, and distribution)", "Child Sex Trafficking",
        "Child Sex Tourism", "Child Sexual Molestation", "Misleading Domain Name",
        "Misleading Words or Digital Images on the Internet",
        "Online Enticement of Children for Sexual Acts",
        "Unsolicited Obscene Material Sent to a Child"}},
      {"addressKind", {"Home", "Business", "Billing", "Shipping", "Technical"}},
      {"emailKind", {"Home", "Work", "Business", "Recovery"}},
      {"phoneKind", {"Mobile", "Home", "Business", "Work", "Fax", "Internet", "Recovery"}},
      {"event", {"Login", "Registration", "Purchase", "Upload", "Other", "Unknown"}},
      {"associatedKind",
       {"Billing", "Linked", "Business", "Creator", "Parent", "Guardian", "Other"}},
      {"relevance", {"Reported", "Supplemental Reported"}},
      {"industry", {"A1", "A2", "B1", "B2"}},
      {"detailKind", {"EXIF", "HASH"}},
  };
  return all;
}

struct Child {
  std::string_view name, type;
  std::size_t least = 1;
  bool many = false;
};
struct Attribute {
  std::string_view name, type;
  bool needed = false;
};
struct Type {
  enum class Shape : std::uint8_t { sequence, choice, set, content } shape = Shape::sequence;
  std::string_view content;  // of Shape::content
  std::vector<Child> children;
  std::vector<Attribute> attributes;
};

std::string_view next_word(std::string_view& text) {
  const auto from = std::min(text.find_first_not_of(' '), text.size());
  text.remove_prefix(from);
  const auto size = std::min(text.find(' '), text.size());
  const auto word = text.substr(0, size);
  text.remove_prefix(size);
  return word;
}

Type read_type(std::string_view line) {
  Type out;
  for (auto word = next_word(line); !word.empty(); word = next_word(line)) {
    if (word == "one") {
      out.shape = Type::Shape::choice;
    } else if (word == "any") {
      out.shape = Type::Shape::set;
    } else if (word[0] == '#') {
      out.shape = Type::Shape::content;
      out.content = word.substr(1);
    } else {
      const auto colon = word.find(':');
      auto name = word.substr(0, colon);
      const auto type = word.substr(colon + 1);
      if (name[0] == '@') {
        const bool needed = name.ends_with('!');
        out.attributes.push_back({name.substr(1, name.size() - (needed ? 2 : 1)), type, needed});
        continue;
      }
      Child child{name, type};
      const char mark = name.back();
      if (mark == '?' || mark == '*' || mark == '+') {
        child.name.remove_suffix(1);
        child.least = mark == '+' ? 1U : 0U;
        child.many = mark != '?';
      }
      out.children.push_back(child);
    }
  }
  return out;
}

const std::map<std::string_view, Type>& types() {
  static const auto all = [] {
    std::map<std::string_view, Type> out;
    auto rest = kTypes;
    while (!rest.empty()) {
      const auto line = rest.substr(0, rest.find('\n'));
      rest.remove_prefix(std::min(line.size() + 1, rest.size()));
      if (const auto equal = line.find(" = "); equal != std::string_view::npos) {
        out[line.substr(0, line.find(' '))] = read_type(line.substr(equal + 3));
      }
    }
    return out;
  }();
  return all;
}

std::string_view trimmed(std::string_view text) {
  const auto is_space = [](char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; };
  while (!text.empty() && is_space(text.front())) {
    text.remove_prefix(1);
  }
  while (!text.empty() && is_space(text.back())) {
    text.remove_suffix(1);
  }
  return text;
}

bool digits(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

bool is_decimal(std::string_view text) {
  if (text.starts_with('-') || text.starts_with('+')) {
    text.remove_prefix(1);
  }
  const auto dot = text.find('.');
  const auto whole = text.substr(0, dot);
  const auto part = dot == std::string_view::npos ? std::string_view("0") : text.substr(dot + 1);
  return (digits(whole) || whole.empty()) && (digits(part) || part.empty()) &&
         !(whole.empty() && part.empty());
}

bool is_date(std::string_view text) {
  Moment moment;
  if (text.size() > 10) {
    return read_moment(std::string(text.substr(0, 10)) + "T00:00:00" + std::string(text.substr(10)),
                       moment);
  }
  return read_moment(std::string(text) + "T00:00:00", moment);
}

/// What is wrong with a simple value; empty when nothing is.
std::string wrong_value(std::string_view type, std::string_view raw) {
  if (type == "text") {
    return {};
  }
  if (type == "url") {
    return raw.empty() || std::ranges::any_of(
                              raw, [](char c) { return static_cast<unsigned char>(c) <= 0x20; })
               ? "an address holds no white space or control characters"
               : "";
  }
  const auto value = trimmed(raw);
  if (const auto found = words().find(type); found != words().end()) {
    return std::ranges::find(found->second, raw) == found->second.end() ? "not one of the words"
                                                                        : "";
  }
  if (type == "bool") {
    return value == "true" || value == "false" || value == "1" || value == "0"
               ? ""
               : "neither true nor false";
  }
  if (type == "yes") {  // a fixed value: an empty element takes it
    return raw.empty() || value == "true" || value == "1" ? "" : "is true or absent";
  }
  if (type == "integer") {
    const auto number = value.starts_with('-') ? value.substr(1) : value;
    return digits(number) && number.size() <= 10 ? "" : "not a whole number";
  }
  if (type == "number") {
    return digits(value) && value.size() <= 18 ? "" : "not a report number";
  }
  if (type == "token") {
    return value.empty() ? "is empty" : "";
  }
  if (type == "decimal") {
    return is_decimal(value) ? "" : "not a decimal number";
  }
  if (type == "country") {
    return value.size() == 2 &&
                   std::ranges::all_of(value, [](char c) { return c >= 'A' && c <= 'Z'; })
               ? ""
               : "not a country code of two letters";
  }
  if (type == "callingCode") {
    return value.size() >= 2 && value.size() <= 4 && value[0] == '+' && digits(value.substr(1))
               ? ""
               : "not + and one to three digits";
  }
  if (type == "dateTime") {
    Moment moment;
    return read_moment(value, moment) ? "" : "not a date and time";
  }
  if (type == "date") {
    return is_date(value) ? "" : "not a date";
  }
  return "of a type that is not known here";
}

// --- Reading
// ---------------------------------------------------------------------------------------

struct FreeDocument {
  void operator()(xmlDoc* document) const { xmlFreeDoc(document); }
};
using Document = std::unique_ptr<xmlDoc, FreeDocument>;

std::string_view view(const xmlChar* text) {
  return text == nullptr ? std::string_view() : reinterpret_cast<const char*>(text);
}

/// Declarations other than comments and CDATA: document types and entities begin like this.
bool declares(std::string_view text) {
  for (auto at = text.find("<!"); at != std::string_view::npos; at = text.find("<!", at + 2)) {
    const auto rest = text.substr(at + 2);
    if (!rest.starts_with("--") && !rest.starts_with("[CDATA[")) {
      return true;
    }
  }
  return false;
}

bool other_encoding(std::string_view text) {
  if (!text.starts_with("<?xml")) {
    return false;
  }
  const auto declaration = text.substr(0, text.find("?>"));
  const auto at = declaration.find("encoding");
  if (at == std::string_view::npos) {
    return false;
  }
  auto name = declaration.substr(at + 8);
  const auto quote = name.find_first_of("\"'");
  name = quote == std::string_view::npos ? "" : name.substr(quote + 1);
  const auto is = [&](std::string_view wanted) {
    return name.size() > wanted.size() &&
           std::ranges::equal(name.substr(0, wanted.size()), wanted,
                              [](char a, char b) {
                                return (a >= 'A' && a <= 'Z' ? static_cast<char>(a + 32) : a) == b;
                              }) &&
           (name[wanted.size()] == '"' || name[wanted.size()] == '\'');
  };
  return !is("utf-8") && !is("us-ascii");
}

Document read_document(BytesView bytes, Finding& finding) {
  const auto refuse = [&](const char* what) {
    finding = {4110, "", what};
    return Document();
  };
  if (bytes.empty() || bytes.size() > kMaxDocument) {
    return refuse(bytes.empty() ? "no document" : "the document is too large");
  }
  auto text = as_text(bytes);
  if (text.starts_with("\xef\xbb\xbf")) {
    text.remove_prefix(3);
  }
  if (text.contains('\0') || other_encoding(text)) {
    return refuse("documents are UTF-8");
  }
  if (declares(text)) {
    return refuse("document types and entities are refused");
  }
  Document document(
      xmlReadMemory(text.data(), static_cast<int>(text.size()), "", "UTF-8",
                    XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING | XML_PARSE_NOCDATA));
  if (document == nullptr || document->intSubset != nullptr || document->extSubset != nullptr) {
    return refuse("not well-formed XML");
  }
  return document;
}

std::string content_of(const xmlNode* node) {
  std::string out;
  for (const auto* child = node->children; child != nullptr; child = child->next) {
    if (child->type == XML_TEXT_NODE || child->type == XML_CDATA_SECTION_NODE) {
      out += view(child->content);
    }
  }
  return out;
}

std::vector<const xmlNode*> elements_of(const xmlNode* node) {
  std::vector<const xmlNode*> out;
  for (const auto* child = node->children; child != nullptr; child = child->next) {
    if (child->type == XML_ELEMENT_NODE) {
      out.push_back(child);
    }
  }
  return out;
}

class Judge {
 public:
  explicit Judge(Finding& finding) : finding_(finding) {}

  /// Whether the element and all below it are as their type says; the first fault is kept.
  bool element(const xmlNode* node, std::string_view type_name, const std::string& path) {
    if (node->ns != nullptr) {
      return wrong(path, "elements stand in no namespace");
    }
    const auto found = types().find(type_name);
    if (found == types().end()) {
      if (!elements_of(node).empty()) {
        return wrong(path, "holds no elements");
      }
      if (node->properties != nullptr) {
        return wrong(path, "has no attributes");
      }
      return value(type_name, content_of(node), path);
    }
    const Type& type = found->second;
    return attributes(node, type, path) && content(node, type, path);
  }

 private:
  bool wrong(const std::string& path, std::string what) {
    finding_ = {4100, path, std::move(what)};
    return false;
  }
  bool value(std::string_view type, const std::string& text, const std::string& path) {
    auto what = wrong_value(type, text);
    return what.empty() || wrong(path, std::move(what));
  }

  bool attributes(const xmlNode* node, const Type& type, const std::string& path) {
    for (const auto* attribute = node->properties; attribute != nullptr;
         attribute = attribute->next) {
      const auto name = view(attribute->name);
      const auto known = std::ranges::find(type.attributes, name, &Attribute::name);
      if (known == type.attributes.end() || attribute->ns != nullptr) {
        return wrong(path + "/@" + std::string(name), "not an attribute of this element");
      }
      std::string text;
      for (const auto* part = attribute->children; part != nullptr; part = part->next) {
        text += view(part->content);
      }
      if (!value(known->type, text, path + "/@" + std::string(name))) {
        return false;
      }
    }
    for (const auto& attribute : type.attributes) {
      const auto is_it = [&] {
        for (const auto* at = node->properties; at != nullptr; at = at->next) {
          if (view(at->name) == attribute.name) {
            return true;
          }
        }
        return false;
      };
      if (attribute.needed && !is_it()) {
        return wrong(path + "/@" + std::string(attribute.name), "is missing");
      }
    }
    return true;
  }

  bool content(const xmlNode* node, const Type& type, const std::string& path) {
    const auto children = elements_of(node);
    if (type.shape == Type::Shape::content) {
      if (!children.empty()) {
        return wrong(path, "holds no elements");
      }
      return value(type.content, content_of(node), path);
    }
    if (!trimmed(content_of(node)).empty()) {
      return wrong(path, "holds elements, no text");
    }
    if (type.shape == Type::Shape::sequence) {
      return sequence(children, type, path);
    }
    std::map<std::string_view, std::size_t> seen;
    for (const auto* child : children) {
      const auto name = view(child->name);
      const auto known = std::ranges::find(type.children, name, &Child::name);
      if (known == type.children.end()) {
        return wrong(path + "/" + std::string(name), "not an element of " + path);
      }
      if (++seen[name] > 1) {
        return wrong(path + "/" + std::string(name), "stands here more than once");
      }
      if (!element(child, known->type, path + "/" + std::string(name))) {
        return false;
      }
    }
    if (type.shape == Type::Shape::choice && children.size() != 1) {
      return wrong(path, "holds exactly one kind of incident");
    }
    return true;
  }

  bool sequence(const std::vector<const xmlNode*>& children, const Type& type,
                const std::string& path) {
    std::size_t at = 0;
    for (const auto& wanted : type.children) {
      const auto child_path = path + "/" + std::string(wanted.name);
      std::size_t count = 0;
      while (at < children.size() && view(children[at]->name) == wanted.name &&
             (wanted.many || count == 0)) {
        if (!element(children[at], wanted.type, child_path)) {
          return false;
        }
        ++at;
        ++count;
      }
      if (count < wanted.least) {
        const bool later = std::ranges::any_of(
            children, [&](const xmlNode* child) { return view(child->name) == wanted.name; });
        return wrong(child_path, later ? "stands in the wrong place" : "is missing");
      }
    }
    if (at == children.size()) {
      return true;
    }
    const auto name = view(children[at]->name);
    const auto known = std::ranges::find(type.children, name, &Child::name);
    return wrong(path + "/" + std::string(name), known == type.children.end()
                                                     ? "not an element of " + path
                                                     : "stands in the wrong place or too often");
  }

  Finding& finding_;
};

/// The first element below `node` along a path of names.
const xmlNode* below(const xmlNode* node, std::initializer_list<std::string_view> names) {
  for (const auto name : names) {
    const auto children = elements_of(node);
    const auto found = std::ranges::find_if(
        children, [&](const xmlNode* child) { return view(child->name) == name; });
    if (found == children.end()) {
      return nullptr;
    }
    node = *found;
  }
  return node;
}

std::string text_below(const xmlNode* node, std::initializer_list<std::string_view> names) {
  const auto* found = below(node, names);
  return found == nullptr ? std::string() : std::string(trimmed(content_of(found)));
}

std::size_t count_named(const xmlNode* node, std::string_view name) {
  std::size_t out = view(node->name) == name ? 1U : 0U;
  for (const auto* child : elements_of(node)) {
    out += count_named(child, name);
  }
  return out;
}

const xmlNode* root_named(const Document& document, std::string_view name, Finding& finding) {
  const auto* root = xmlDocGetRootElement(document.get());
  if (root == nullptr || view(root->name) != name) {
    finding = {4100, std::string(name), "is not the root of this document"};
    return nullptr;
  }
  return root;
}

std::int64_t days_from_civil(std::int64_t year, unsigned month, unsigned day) {
  const std::chrono::sys_days days =
      std::chrono::year(static_cast<int>(year)) / std::chrono::month(month) / std::chrono::day(day);
  return days.time_since_epoch().count();
}

}  // namespace

bool read_moment(std::string_view text, Moment& out) {
  const auto number = [&](std::size_t from, std::size_t size, int& value) {
    const auto part = text.substr(std::min(from, text.size()), size);
    if (part.size() != size || !digits(part)) {
      return false;
    }
    std::from_chars(part.data(), part.data() + part.size(), value);
    return true;
  };
  const auto mark = [&](std::size_t at, char c) { return at < text.size() && text[at] == c; };
  int year = 0;
  int month = 0;
  int day = 0;
  int hour = 0;
  int minute = 0;
  int second = 0;
  if (!number(0, 4, year) || !mark(4, '-') || !number(5, 2, month) || !mark(7, '-') ||
      !number(8, 2, day) || !mark(10, 'T') || !number(11, 2, hour) || !mark(13, ':') ||
      !number(14, 2, minute) || !mark(16, ':') || !number(17, 2, second)) {
    return false;
  }
  const std::chrono::year_month_day date{std::chrono::year(year),
                                         std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  if (!date.ok() || hour > 23 || minute > 59 || second > 59) {
    return false;
  }
  std::size_t at = 19;
  if (mark(at, '.')) {
    const auto from = ++at;
    while (at < text.size() && text[at] >= '0' && text[at] <= '9') {
      ++at;
    }
    if (at == from) {
      return false;
    }
  }
  std::int64_t offset = 0;
  out.zoned = at < text.size();
  if (mark(at, 'Z')) {
    ++at;
  } else if (mark(at, '+') || mark(at, '-')) {
    int hours = 0;
    int minutes = 0;
    if (!number(at + 1, 2, hours) || !mark(at + 3, ':') || !number(at + 4, 2, minutes) ||
        hours > 14 || minutes > 59) {
      return false;
    }
    offset = (text[at] == '-' ? -1 : 1) * (hours * 3600 + minutes * 60);
    at += 6;
  }
  if (at != text.size()) {
    return false;
  }
  out.at = days_from_civil(year, static_cast<unsigned>(month), static_cast<unsigned>(day)) * 86400 +
           hour * 3600 + minute * 60 + second - offset;
  return true;
}

JudgedReport judge_report(BytesView bytes, Seconds now) {
  JudgedReport out;
  const auto document = read_document(bytes, out.finding);
  const auto* root = document ? root_named(document, "report", out.finding) : nullptr;
  if (root == nullptr || !Judge(out.finding).element(root, "report", "report")) {
    return out;
  }
  out.incident_type = text_below(root, {"incidentSummary", "incidentType"});
  out.incident_time = text_below(root, {"incidentSummary", "incidentDateTime"});
  out.escalated = below(root, {"incidentSummary", "escalateToHighPriority"}) != nullptr;
  for (const auto* child : elements_of(root)) {
    const auto name = view(child->name);
    out.reported += name == "personOrUserReported" ? 1U : 0U;
    out.recipients += name == "intendedRecipient" ? 1U : 0U;
    out.victims += name == "victim" ? 1U : 0U;
  }
  out.addresses = count_named(root, "ipCaptureEvent");
  Moment moment;
  if (read_moment(out.incident_time, moment)) {
    if (moment.at > now) {
      out.finding = {4100, "report/incidentSummary/incidentDateTime", "lies in the future"};
      return out;
    }
    if (!moment.zoned) {
      out.remarks.emplace_back("incidentDateTime names no time zone");
    }
  }
  if (below(root, {"internetDetails"}) == nullptr) {
    out.remarks.emplace_back("the documentation asks for at least one internetDetails");
  }
  if (below(root, {"reporter", "reportingPerson", "email"}) == nullptr) {
    out.remarks.emplace_back("the documentation asks for an e-mail address of the reporter");
  }
  return out;
}

JudgedDetails judge_file_details(BytesView bytes) {
  JudgedDetails out;
  const auto document = read_document(bytes, out.finding);
  const auto* root = document ? root_named(document, "fileDetails", out.finding) : nullptr;
  if (root == nullptr || !Judge(out.finding).element(root, "fileDetails", "fileDetails")) {
    return out;
  }
  out.report_id = text_below(root, {"reportId"});
  out.file_id = text_below(root, {"fileId"});
  out.viewed = text_below(root, {"fileViewedByEsp"});
  out.relevance = text_below(root, {"fileRelevance"});
  out.classification = text_below(root, {"industryClassification"});
  const bool meme = below(root, {"potentialMeme"}) != nullptr;
  if (meme && below(root, {"fileAnnotations"}) != nullptr) {
    out.finding = {4100, "fileDetails", "potentialMeme or fileAnnotations, not both"};
  } else if (out.relevance == "Supplemental Reported" &&
             (meme || !out.classification.empty() ||
              below(root, {"fileAnnotations", "potentialMeme"}) != nullptr)) {
    out.finding = {4100, "fileDetails",
                   "only a reported file has a classification or the mark of a meme"};
  }
  if (out.viewed.empty()) {
    out.remarks.emplace_back(
        "fileViewedByEsp is missing: investigators must treat it as not viewed");
  }
  if (below(root, {"originalFileHash"}) == nullptr) {
    out.remarks.emplace_back("no originalFileHash");
  }
  return out;
}

}  // namespace lightkeeper::hotline
