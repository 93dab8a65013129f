// The other places a case can go to, from the same case file: the portal of the UK's National Crime
// Agency, a notice under Article 18 of the EU's Digital Services Act, and a notice of an address to
// a hotline. Documents for people (self-contained HTML, escaped, no scripts) and a machine part.
#pragma once

#include "service/reporting/render.hpp"

namespace lightkeeper::reporting {

struct OutletAdvice {
  Outlet outlet = Outlet::ncmec;
  bool applies = false;
  std::string why;
};
/// One entry for each outlet. What goes to NCMEC does not go to the NCA as well.
[[nodiscard]] std::vector<OutletAdvice> outlet_advice(const CaseFile& file);

/// 1: threat to life or of serious harm, at once; 2: as soon as reasonably practicable; 3: without
/// undue delay.
[[nodiscard]] int nca_priority(const CaseFile& file);

struct OutletDocument {
  std::string html;
  std::string json;
};
/// `outlet_not_for_case` when outlet_advice() says that it does not apply, or for Outlet::ncmec,
/// which has its own form (render.hpp).
[[nodiscard]] Result<OutletDocument> render_outlet(const CaseFile& file, Outlet outlet,
                                                   const RenderSettings& settings);

/// An address that no program turns into a link: "hxxps://example[.]org/a".
[[nodiscard]] std::string defanged(std::string_view url);

}  // namespace lightkeeper::reporting
